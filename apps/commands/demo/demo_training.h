// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The demo's training loop: what a user's own looks like, and the watching of it.
#pragma once

#include <chrono>

#include "apps/commands/demo/demo_report.h"
#include "apps/commands/demo/progress_view.h"
#include "apps/process/stop_signals.h"

namespace zeus::apps {

// Trains under the optimizer, then the same steps without it to compare. With `duration` each step
// is slowed, so that the whole takes about as long and can be watched. Returns with the prior
// limits back in place, also when a signal came.
[[nodiscard]] DemoReport train(SimulatedMachine& simulated, const DemoOptions& options,
                               std::chrono::milliseconds duration, ProgressView& view,
                               const StopSignals& signals);

}  // namespace zeus::apps
