// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the values of options may be, said in words of ours, and kinds of options that several
// commands have.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Formatter;
class Option;
class Validator;
}  // namespace CLI

namespace zeus::apps {

// One of these words. They go into the option's type, "NAME:{a,b}", where completion and manual
// find them; help and errors leave them out (without_values()).
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& names);
[[nodiscard]] CLI::Validator between(double low, double high);  // NaN is in no range
[[nodiscard]] CLI::Validator whole_between(int low, int high);

// The words of one_of(), in its order; none where the option has no such check.
[[nodiscard]] std::vector<std::string> values_of(const CLI::Option& option);

// The text without the ":{a,b}" of options' types.
[[nodiscard]] std::string without_values(std::string text);

// An option whose value only counts where it was given: CLI11 shows no default then. Of texts,
// whole numbers and lists of them.
template <class T>
CLI::Option* add_optional(CLI::App& app, const std::string& name, std::optional<T>& value,
                          const std::string& what);

// --gpus 0,1: indices as the framework has them.
CLI::Option* add_gpu_list(CLI::App& app, std::optional<std::vector<int>>& gpus);

// The look of our help.
[[nodiscard]] std::shared_ptr<CLI::Formatter> help_formatter();

}  // namespace zeus::apps
