// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands of `zeus`. Each adds its options to CLI11's tree and, when it is typed, sets what is
// to run; it keeps what it refers to alive by itself. A new command is a folder beside this file
// and a line here and in command_line.cc.
#pragma once

namespace CLI {
class App;
}

namespace zeus::apps {

struct Invocation;

void add_check(CLI::App& app, Invocation& invocation);
void add_completion(CLI::App& app, Invocation& invocation);
void add_env(CLI::App& app, Invocation& invocation);
void add_lease(CLI::App& app, Invocation& invocation);
void add_man_page(CLI::App& app, Invocation& invocation);
void add_measure(CLI::App& app, Invocation& invocation);
void add_power(CLI::App& app, Invocation& invocation);
void add_profile(CLI::App& app, Invocation& invocation);
void add_restore(CLI::App& app, Invocation& invocation);

// Whether this build has the simulated driver. Without it the two commands below are not listed and
// fail with a line that says so (without_simulator.cc).
[[nodiscard]] bool has_simulator();
void add_demo(CLI::App& app, Invocation& invocation);
void add_simulate(CLI::App& app, Invocation& invocation);

}  // namespace zeus::apps
