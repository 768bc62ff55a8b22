// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How far from the best limit searches end, and how often they break their bound, on a job that is
// disturbed in many ways. All of it is simulated, in virtual time; see docs/search_regret.md.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/judge.h"
#include "benchmarks/search_regret/report.h"
#include "benchmarks/search_regret/scenario.h"
#include "benchmarks/search_regret/true_curve.h"
#include "benchmarks/search_regret/world.h"

namespace zeus::search_regret {
namespace {

constexpr const char* kUsage = R"(search_regret TABLES [options]
  TABLES              the folder of the measured tables (docs/measured_tables.md)
  --seeds N           runs of each curve (5)
  --scenario TEXT     only scenarios whose name has this text
  --strategy TEXT     only strategies whose name has this text; may be given more than once
  --selector TEXT     only selectors whose name has this text
  --card TEXT         only cards whose name has this text
  --every N           only every N-th curve
  --smoothed          curves without the noise of tables that were measured once
  --random N          also N jobs and cards with random parameters
  --json              JSON instead of a table
  --list              the names, and what each strategy is
)";

struct Arguments {
  std::string tables;
  int seeds = 5;
  std::string scenario;
  std::vector<std::string> strategies;
  std::string selector;
  std::string card;
  int every = 1;
  bool smoothed = false;
  int random = 0;
  bool json = false;
  bool list = false;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw std::invalid_argument(std::string(name) + " needs a value");
      return argv[i];
    };
    if (name == "--seeds")
      arguments.seeds = std::stoi(value());
    else if (name == "--scenario")
      arguments.scenario = value();
    else if (name == "--strategy")
      arguments.strategies.push_back(value());
    else if (name == "--selector")
      arguments.selector = value();
    else if (name == "--card")
      arguments.card = value();
    else if (name == "--every")
      arguments.every = std::max(1, std::stoi(value()));
    else if (name == "--smoothed")
      arguments.smoothed = true;
    else if (name == "--random")
      arguments.random = std::stoi(value());
    else if (name == "--json")
      arguments.json = true;
    else if (name == "--list")
      arguments.list = true;
    else if (name.starts_with("-") || !arguments.tables.empty())
      return std::nullopt;
    else
      arguments.tables = name;
  }
  if (arguments.tables.empty() && !arguments.list) return std::nullopt;
  return arguments;
}

bool has(const std::string& name, const std::string& text) {
  return name.find(text) != std::string::npos;
}

bool has_any(const std::string& name, const std::vector<std::string>& texts) {
  return texts.empty() ||
         std::ranges::any_of(texts, [&](const std::string& text) { return has(name, text); });
}

// No limit changes what the job draws.
bool is_flat(const TrueCurve& curve) { return curve.powers.front() > 0.95 * curve.powers.back(); }

std::vector<TrueCurve> wanted_curves(const Arguments& arguments) {
  std::vector<TrueCurve> all = measured_curves(arguments.tables);
  std::ranges::move(modelled_curves(), std::back_inserter(all));
  std::ranges::move(random_curves(arguments.random), std::back_inserter(all));
  std::vector<TrueCurve> wanted;
  int number = 0;
  for (TrueCurve& curve : all) {
    if (has(curve.card, arguments.card) && number++ % arguments.every == 0) {
      wanted.push_back(arguments.smoothed ? smoothed(std::move(curve)) : std::move(curve));
    }
  }
  return wanted;
}

Cell fill(const std::vector<TrueCurve>& curves, const Scenario& scenario,
          const Contender& contender, const Goal& goal, int seeds) {
  Cell cell{.scenario = scenario.name, .contender = contender.name, .goal = goal.name, .runs = {}};
  int curve_number = 0;
  for (const TrueCurve& curve : curves) {
    ++curve_number;
    for (int seed = 0; seed < seeds; ++seed) {
      // The same disturbances for every contender and goal, as far as they ask the same.
      World world(curve, scenario, static_cast<std::uint64_t>(curve_number * 1000 + seed));
      const SearchOutcome outcome = contender.search(world, goal.selector);
      cell.runs.push_back({.curve = curve_number,
                           .is_flat = is_flat(curve),
                           .outcome = outcome,
                           .verdict = judge(world, goal, outcome)});
    }
  }
  return cell;
}

void list() {
  for (const Contender& it : contenders())
    std::printf("%s: %s\n", it.name.c_str(), it.about.c_str());
  for (const Scenario& it : scenarios()) std::printf("scenario: %s\n", it.name.c_str());
  for (const Goal& it : goals()) std::printf("selector: %s\n", it.name.c_str());
}

void run(const Arguments& arguments) {
  const std::vector<TrueCurve> curves = wanted_curves(arguments);
  std::vector<Cell> cells;
  for (const Scenario& scenario : scenarios()) {
    if (!has(scenario.name, arguments.scenario)) continue;
    for (const Goal& goal : goals()) {
      if (!has(goal.name, arguments.selector)) continue;
      for (const Contender& contender : contenders()) {
        if (!has_any(contender.name, arguments.strategies)) continue;
        cells.push_back(fill(curves, scenario, contender, goal, arguments.seeds));
      }
    }
  }
  std::fputs((arguments.json ? as_json(cells) : as_table(cells)).c_str(), stdout);
}

}  // namespace
}  // namespace zeus::search_regret

int main(int argc, char** argv) {
  using namespace zeus::search_regret;
  try {
    const std::optional<Arguments> arguments = parse(argc, argv);
    if (!arguments) {
      std::fputs(kUsage, stderr);
      return 2;
    }
    if (arguments->list) {
      list();
    } else {
      run(*arguments);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "search_regret: %s\n", error.what());
    return 1;
  }
}
