// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Kinds of options that several commands have, and what the values of options may be.
#pragma once

#include <filesystem>
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

struct Invocation;
struct SelectorSettings;

// One of these words. They go into the option's type, "NAME:{a,b}", where completion and manual
// find them; help and errors leave them out (without_values()).
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& names);
[[nodiscard]] CLI::Validator between(double low, double high);  // NaN is in no range
[[nodiscard]] CLI::Validator whole_between(int low, int high);

// The words of one_of(), in its order; none where the option has no such check.
[[nodiscard]] std::vector<std::string> values_of(const CLI::Option& option);

// The text without the ":{a,b}" of options' types.
[[nodiscard]] std::string without_values(std::string text);

// The highest number of steps, GPUs or samples that an option takes.
inline constexpr int kMostCount = 1'000'000'000;

CLI::Option* add_count(CLI::App& app, const std::string& name, std::optional<int>& count,
                       const std::string& what);
CLI::Option* add_file(CLI::App& app, const std::string& name,
                      std::optional<std::filesystem::path>& file, const std::string& what);
// "-" stands for standard output.
CLI::Option* add_output_file(CLI::App& app, const std::string& name,
                             std::optional<std::filesystem::path>& file, const std::string& what);
void add_json(CLI::App& app, bool& json, const std::string& what = "Print the result as JSON");

// Which devices: --gpus 0,1 (indices as the framework numbers them), and --no-cpus too.
void add_gpus(CLI::App& app, std::optional<std::vector<int>>& gpus);
void add_devices(CLI::App& app, std::optional<std::vector<int>>& gpus, bool& cpus);

[[nodiscard]] std::vector<std::string> selector_names();
[[nodiscard]] std::string selectors_line();  // for footers
// --eta and --slowdown.
void add_selector_settings(CLI::App& app, SelectorSettings& settings);

// The other program's command line, for the callback of a command that runs one; it is marked by
// CLI11's prefix_command(). Throws UsageError, with the example, where there is none.
[[nodiscard]] std::vector<std::string> command_of(const CLI::App& app, const Invocation& invocation,
                                                  const std::string& example);

// The look of our help.
[[nodiscard]] std::shared_ptr<CLI::Formatter> help_formatter();

}  // namespace zeus::apps
