// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/option_kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <sstream>

#include "apps/command_line.h"
#include "apps/commands/selector_choice.h"

namespace zeus::apps {
namespace {

constexpr int kMostIndex = 1023;
constexpr const char* kValuesBegin = ":{";

template <class Number>
CLI::Validator in_range(Number low, Number high, const char* kind) {
  return {[low, high, kind](const std::string& text) {
            Number value = 0;
            if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) {
              return std::string();
            }
            return fmt::format("\"{}\" is not a {} from {} to {}", text, kind, low, high);
          },
          ""};
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = without_values(CLI::Formatter::make_option_opts(option));
    // Several values in one word, separated by commas, are one.
    constexpr std::string_view kRepeated = " ...";
    if (option->get_delimiter() == ',' && text.ends_with(kRepeated)) {
      text.resize(text.size() - kRepeated.size());
    }
    return text;
  }
};

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& names) {
  return {[names](const std::string& text) {
            if (std::ranges::find(names, text) != names.end()) return std::string();
            return fmt::format("\"{}\" is none of {}", text, fmt::join(names, ", "));
          },
          fmt::format("{{{}}}", fmt::join(names, ","))};
}

CLI::Validator between(double low, double high) { return in_range(low, high, "number"); }

CLI::Validator whole_between(int low, int high) { return in_range(low, high, "whole number"); }

std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find(kValuesBegin);
  if (begin == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 2, type.find('}', begin) - begin - 2), ',');
}

std::string without_values(std::string text) {
  const std::size_t begin = text.find(kValuesBegin);
  const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
  if (end != std::string::npos) text.erase(begin, end - begin + 1);
  return text;
}

CLI::Option* add_count(CLI::App& app, const std::string& name, std::optional<int>& count,
                       const std::string& what) {
  return app.add_option(name, count, what)->type_name("N")->check(whole_between(1, kMostCount));
}

CLI::Option* add_file(CLI::App& app, const std::string& name,
                      std::optional<std::filesystem::path>& file, const std::string& what) {
  return app
      .add_option_function<std::string>(
          name, [&file](const std::string& given) { file = given; }, what)
      ->type_name("FILE");
}

CLI::Option* add_output_file(CLI::App& app, const std::string& name,
                             std::optional<std::filesystem::path>& file, const std::string& what) {
  return app
      .add_option_function<std::string>(
          name,
          [&file](const std::string& given) {
            file = given == "-" ? "/dev/stdout" : std::filesystem::path(given);
          },
          what)
      ->type_name("FILE");
}

void add_json(CLI::App& app, bool& json, const std::string& what) {
  app.add_flag("--json", json, what + " (docs/cli.md)");
}

void add_gpus(CLI::App& app, std::optional<std::vector<int>>& gpus) {
  app.add_option_function<std::vector<int>>(
         "--gpus", [&gpus](const std::vector<int>& given) { gpus = given; },
         "Which, like 0,1; default: all that are visible")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_between(0, kMostIndex));
}

void add_devices(CLI::App& app, std::optional<std::vector<int>>& gpus, bool& cpus) {
  add_gpus(app, gpus);
  app.add_flag_callback(
      "--no-cpus", [&cpus] { cpus = false; }, "Leave the CPUs out");
}

std::vector<std::string> selector_names() {
  std::vector<std::string> names;
  names.reserve(kAllSelectors.size());
  for (const SelectorKind kind : kAllSelectors) names.emplace_back(option_name(kind));
  return names;
}

std::string selectors_line() {
  return fmt::format("Selectors: {}.\n", fmt::join(selector_names(), ", "));
}

void add_selector_settings(CLI::App& app, SelectorSettings& settings) {
  app.add_option("--eta", settings.eta_knob, "zeus-cost: 0 only time counts, 1 only energy")
      ->type_name("N")
      ->check(between(0, 1))
      ->capture_default_str();
  app.add_option("--slowdown", settings.slowdown, "How much longer it may take, as a factor")
      ->type_name("FACTOR")
      ->check(between(1, 1000))
      ->capture_default_str();
}

std::vector<std::string> command_of(const CLI::App& app, const Invocation& invocation,
                                    const std::string& example) {
  if (app.remaining_size() > 0) throw CLI::ExtrasError(app.get_name(), app.remaining());
  if (invocation.command.empty()) {
    throw UsageError(fmt::format("no command given to {}; try '{}'", app.get_name(), example));
  }
  return invocation.command;
}

std::shared_ptr<CLI::Formatter> help_formatter() {
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(30);
  return formatter;
}

}  // namespace zeus::apps
