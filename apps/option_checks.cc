// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/option_checks.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <sstream>
#include <string_view>

namespace zeus::apps {
namespace {

constexpr int kMostIndex = 1023;
constexpr const char* kValuesBegin = ":{";

CLI::Validator check(const std::function<std::string(const std::string&)>& problem_of,
                     const std::string& description = "") {
  return {[problem_of](std::string& text) { return problem_of(text); }, description};
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = without_values(CLI::Formatter::make_option_opts(option));
    // Several in one word, parted by commas, are one.
    constexpr std::string_view kRepeated = " ...";
    if (option->get_delimiter() == ',' && text.ends_with(kRepeated)) {
      text.resize(text.size() - kRepeated.size());
    }
    return text;
  }
};

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& names) {
  return check(
      [names](const std::string& text) {
        if (std::ranges::find(names, text) != names.end()) return std::string();
        return fmt::format("\"{}\" is none of {}", text, fmt::join(names, ", "));
      },
      fmt::format("{{{}}}", fmt::join(names, ",")));
}

CLI::Validator between(double low, double high) {
  return check([low, high](const std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) {
      return std::string();
    }
    return fmt::format("\"{}\" is not a number from {:.7g} to {:.7g}", text, low, high);
  });
}

CLI::Validator whole_between(int low, int high) {
  return check([low, high](const std::string& text) {
    int value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) {
      return std::string();
    }
    return fmt::format("\"{}\" is not a whole number from {} to {}", text, low, high);
  });
}

std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find(kValuesBegin);
  if (begin == std::string::npos) return {};
  std::istringstream list(type.substr(begin + 2, type.find('}', begin) - begin - 2));
  std::vector<std::string> values;
  for (std::string value; std::getline(list, value, ',');) values.push_back(value);
  return values;
}

std::string without_values(std::string text) {
  const std::size_t begin = text.find(kValuesBegin);
  const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
  if (end != std::string::npos) text.erase(begin, end - begin + 1);
  return text;
}

template <class T>
CLI::Option* add_optional(CLI::App& app, const std::string& name, std::optional<T>& value,
                          const std::string& what) {
  return app.add_option_function<T>(
      name, [&value](const T& given) { value = given; }, what);
}

template CLI::Option* add_optional(CLI::App&, const std::string&, std::optional<int>&,
                                   const std::string&);
template CLI::Option* add_optional(CLI::App&, const std::string&, std::optional<std::string>&,
                                   const std::string&);
template CLI::Option* add_optional(CLI::App&, const std::string&, std::optional<std::vector<int>>&,
                                   const std::string&);

CLI::Option* add_gpu_list(CLI::App& app, std::optional<std::vector<int>>& gpus) {
  return add_optional(app, "--gpus", gpus, "Which, like 0,1; default: all that are visible")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_between(0, kMostIndex));
}

std::shared_ptr<CLI::Formatter> help_formatter() {
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(30);
  return formatter;
}

}  // namespace zeus::apps
