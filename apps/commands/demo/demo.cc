// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "apps/commands/demo/demo_training.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

// How long a run on a terminal is made to take.
constexpr std::chrono::milliseconds kWatchable{12'000};

ViewTitle title_of(const DemoOptions& options, const SimulatedMachine& simulated) {
  return {.what = fmt::format("zeus demo: {} on {} x {}, simulated", simulated.workload(),
                              options.gpus, options.model),
          .where = simulated.source()};
}

}  // namespace

int run_demo(const DemoOptions& options) {
  const StopSignals signals;
  SimulatedMachine simulated(options);
  const ViewTitle title = title_of(options, simulated);
  const bool is_live = !options.json && can_draw(STDOUT_FILENO);
  const bool is_slowed = is_live && !options.fast && !options.real_clock;
  const auto view = options.json ? silent_view() : is_live ? live_view(title) : plain_view(title);
  const DemoReport report = train(
      simulated, options, is_slowed ? kWatchable : std::chrono::milliseconds(0), *view, signals);
  view->finish();

  const bool colours = wants_colours(STDOUT_FILENO);
  std::string text;
  if (options.json) {
    text = to_json(report);
  } else {
    // What the live view said of it is gone.
    if (is_live) text = styled(title.what, Look::kBold, colours) + "\n" + title.where + "\n";
    text += "\n" + demo_text(report, colours);
  }
  std::fputs(text.c_str(), stdout);
  if (report.signal != 0) return 128 + report.signal;
  if (!report.limits_are_back()) throw std::runtime_error("the power limits are not as they were");
  return 0;
}

}  // namespace zeus::apps
