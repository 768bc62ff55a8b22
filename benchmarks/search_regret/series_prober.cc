// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/series_prober.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

namespace zeus::search_regret {
namespace {

constexpr int kWarmUpSteps = 10;
constexpr int kResultSteps = 40;
constexpr int kMostHalvings = 2;
constexpr int kMostProbes = 100;

class SeriesProber {
 public:
  SeriesProber(World& world, const ProberRules& rules) : world_(world), rules_(rules) {
    rules_.series.counter_period = Seconds(World::kTick);
  }

  ProbeResult probe(const KnobSetting& setting) {
    is_reference_ = is_first_;
    is_first_ = false;
    series_ = StepSeries(1, rules_.series);
    next_look_ = rules_.series.least_steps;
    halvings_ = 0;
    settle(setting);
    for (;;) {
      const World::Event event = world_.next();
      if (event == World::Event::kStepBegin && is_open_) {
        add_step();
      } else if (event == World::Event::kStepBegin) {
        open(/*after_same=*/false);
      } else if (event == World::Event::kEpochEnd && is_open_) {
        world_.wait_for_gpu();
        add_step();
        read();
        is_open_ = false;
      }
      if (series_.steps() >= next_look_ && is_enough()) break;
    }
    is_open_ = false;
    return result(setting);
  }

 private:
  // Leaves out the first steps at a setting, and begins with the one after them.
  void settle(const KnobSetting& setting) {
    world_.set_limit(setting.power_limit.value());
    const double until = world_.now() + rules_.settle_time;
    int steps = 0;
    for (;;) {
      if (world_.next() != World::Event::kStepBegin) continue;
      if (++steps > kWarmUpSteps && world_.now() >= until) break;
    }
    open(/*after_same=*/true);
  }

  void open(bool after_same) {
    series_.open(Seconds(world_.now()), after_same);
    read();
    is_open_ = true;
  }

  void add_step() {
    series_.add(Seconds(world_.now()));
    if (series_.steps() - last_read_ >= series_.steps_between_readings()) read();
  }

  void read() {
    const std::array shown{Joules(world_.read_counter())};
    series_.read(shown);
    last_read_ = series_.steps();
  }

  bool is_enough() {
    figures_ = series_.figures();
    next_look_ = series_.next_look(figures_);
    if (!series_.is_enough(figures_)) return false;
    if (is_open_ && series_.steps() > last_read_) {
      read();  // the last steps' energy
      figures_ = series_.figures();
    }
    if (!rules_.drops_drift || !figures_.drifts || is_reference_) return true;
    if (halvings_ == kMostHalvings) return true;
    ++halvings_;
    series_.drop_older_half();
    last_read_ = series_.steps();
    next_look_ = rules_.series.least_steps;
    return false;
  }

  [[nodiscard]] ProbeResult result(const KnobSetting& setting) const {
    ProbeResult result{.setting = setting,
                       .time = figures_.time * kResultSteps,
                       .time_error = figures_.time_error * kResultSteps,
                       .steps = figures_.steps};
    for (const EnergyOfStep& it : figures_.energies) {
      result.energy += it.energy * kResultSteps;
      result.energy_error += it.error * kResultSteps;
    }
    result.long_steps = figures_.long_steps;
    result.drifts = figures_.drifts && rules_.drops_drift;
    result.is_sure = figures_.is_sure;
    return result;
  }

  World& world_;
  ProberRules rules_;
  StepSeries series_{1, {}};
  SeriesFigures figures_;
  bool is_first_ = true;
  bool is_reference_ = false;
  bool is_open_ = false;
  int next_look_ = 0;
  int last_read_ = 0;
  int halvings_ = 0;
};

}  // namespace

ProberRules plain_rules() {
  ProberRules rules;
  rules.series.odd_factor = std::numeric_limits<double>::infinity();
  rules.series.longest_cycle = 0;
  rules.series.wanted_error = std::numeric_limits<double>::infinity();
  rules.series.most_steps = rules.series.least_steps;
  rules.settle_time = 0;
  rules.drops_drift = false;
  return rules;
}

SearchOutcome run_strategy(World& world, const std::shared_ptr<const OptimumSelector>& selector,
                           const MakeStrategy& make, const ProberRules& rules) {
  const std::unique_ptr<SearchStrategy> strategy = make(world);
  const SearchObjective objective{
      .selector = selector,
      .allowed = {.min = Watts(world.curve().floor), .max = Watts(world.curve().ceiling)}};
  SeriesProber prober(world, rules);
  std::vector<ProbeResult> history;
  SearchOutcome outcome{.choice = Watts(world.curve().ceiling)};
  for (; outcome.probes < kMostProbes; ++outcome.probes) {
    const SearchDecision decision = strategy->next(history, objective);
    if (const auto* choice = std::get_if<Choose>(&decision)) {
      outcome.choice = choice->setting.power_limit;
      outcome.steps = world.steps();
      return outcome;
    }
    history.push_back(prober.probe(setting_of(decision)));
    if (history.back().energy <= Joules(0)) break;  // no signal
  }
  outcome.keeps_prior = true;
  outcome.steps = world.steps();
  return outcome;
}

}  // namespace zeus::search_regret
