// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <variant>

#include "apps/command_line.h"

namespace zeus::apps {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

int run(const Command& command) {
  return std::visit(
      Overloaded{[](const ShowText& show) {
                   std::fputs(show.text.c_str(), stdout);
                   return 0;
                 },
                 [](const DemoOptions& options) { return run_demo(options); },
                 [](const EnvOptions& options) { return run_env(options); },
                 [](const MeasureOptions& options) { return run_measure(options); },
                 [](const PowerOptions& options) { return run_power(options); },
                 [](const ProfileShowOptions& options) { return run_profile_show(options); },
                 [](const ProfileCompareOptions& options) { return run_profile_compare(options); },
                 [](const SimulateOptions& options) { return run_simulate(options); }},
      command);
}

int fail(int code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fprintf(stderr, "zeus: %s\n", message.c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = run(parse_command_line(argc, argv));
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return code != 0 ? code : fail(kFailure, "the output could not be written");
    }
    return code;
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const std::exception& error) {
    return fail(kFailure, error.what());
  }
}

}  // namespace zeus::apps

int main(int argc, char** argv) { return zeus::apps::main(argc, argv); }
