// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus measure` and `zeus power` on the command line.
#pragma once

#include "apps/commands/measure/measure.h"
#include "apps/commands/power/power.h"

namespace CLI {
class App;
}

namespace zeus::apps {

// Adds the command; what is typed goes to `options`, which live as long. MeasureOptions::command
// is left to the caller, for it isn't CLI11's to read.
CLI::App* add_measure(CLI::App& app, MeasureOptions& options);
CLI::App* add_power(CLI::App& app, PowerOptions& options);

}  // namespace zeus::apps
