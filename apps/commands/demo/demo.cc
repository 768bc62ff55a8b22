// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>
#include <utility>

#include "apps/commands/demo/demo_report.h"
#include "apps/commands/demo/progress_view.h"
#include "apps/process/collected_warnings.h"
#include "apps/process/stop_signals.h"
#include "apps/terminal/terminal.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::apps {
namespace {

// How long a run on a terminal is made to take.
constexpr std::chrono::milliseconds kWatchable{12'000};
constexpr int kFewestSteps = 300;
constexpr std::chrono::milliseconds kLongestPause{30};
// How many steps are repeated without zeus where they take real time.
constexpr long long kComparedInRealTime = 50;

Spent operator-(const Spent& a, const Spent& b) {
  return {.energy = a.energy - b.energy, .time = a.time - b.time, .steps = a.steps - b.steps};
}

GlobalPowerLimitOptimizerOptions optimizer_options(const DemoOptions& options) {
  GlobalPowerLimitOptimizerOptions chosen;
  chosen.optimum_selector = make_selector(options.selector, options.settings);
  chosen.pl_step = options.pl_step;
  chosen.profile_path = options.profile;
  return chosen;
}

// Long enough to measure all limits and to train on as long at the best one.
int epochs_for(const DemoOptions& options, const GlobalPowerLimitOptimizer& optimizer) {
  if (options.epochs) return *options.epochs;
  const double steps = std::max(2.0 * optimizer.progress().steps_left, double{kFewestSteps});
  return static_cast<int>(std::ceil(steps / options.steps_per_epoch));
}

// The training job and those who watch it: trains under the optimizer, as a user's own loop does,
// then the same steps without it to compare. With `duration` each step is slowed, so that the whole
// takes about as long and can be watched. Returns with the prior limits back in place, also when a
// signal came.
class Training {
 public:
  Training(SimulatedMachine& simulated, const DemoOptions& options,
           std::chrono::milliseconds duration, ProgressView& view, const StopSignals& signals)
      : simulated_(simulated),
        options_(options),
        view_(view),
        signals_(signals),
        gpus_(Machine(MachineOptions{.guard = GuardOptions{.is_off = true}}).gpus()),
        monitor_(gpus_, {.clock = simulated.clock()}),
        duration_(duration) {
    report_.workload = simulated.workload();
    report_.source = simulated.source();
    report_.selector = options.selector;
    report_.settings = options.settings;
    report_.profile_steps = GlobalPowerLimitOptimizerOptions().profile_steps;
    for (const VisibleGpu& visible : gpus_) {
      report_.gpus.push_back({.index = visible.index,
                              .model = visible.gpu->info().name,
                              .uuid = visible.gpu->info().uuid,
                              .prior_limit = visible.gpu->power_limit(),
                              .final_limit = {}});
    }
  }

  DemoReport run() {
    {
      GlobalPowerLimitOptimizer optimizer(monitor_, optimizer_options(options_));
      report_.limits = optimizer.power_limits();
      report_.is_from_file = std::holds_alternative<Done>(optimizer.state());
      train_with(optimizer);
      note_result(optimizer);
      optimizer.close();
    }
    show_warnings();
    if (report_.chosen && signals_.received() == 0) train_without();
    report_.signal = signals_.received();
    for (std::size_t i = 0; i < gpus_.size(); ++i) {
      report_.gpus[i].final_limit = gpus_[i].gpu->power_limit();
    }
    return std::move(report_);
  }

 private:
  void train_with(GlobalPowerLimitOptimizer& optimizer) {
    Progress progress;
    progress.limits = optimizer.power_limits();
    progress.epochs = epochs_for(options_, optimizer);
    progress.steps = progress.epochs * options_.steps_per_epoch;
    set_pause(progress.steps);
    const Spent begin = simulated_.spent();
    optimizer.on_train_begin();
    for (progress.epoch = 1; progress.epoch <= progress.epochs; ++progress.epoch) {
      optimizer.on_epoch_begin();
      for (int i = 0; i < options_.steps_per_epoch && signals_.received() == 0; ++i) {
        optimizer.on_step_begin();
        note_choice(optimizer);
        progress.state = optimizer.state();
        progress.measurements = optimizer.measurements();
        progress.tuning = optimizer.progress();
        train_step(progress);
        optimizer.on_step_end();
      }
      optimizer.on_epoch_end();
    }
    optimizer.on_train_end();
    const Spent end = simulated_.spent();
    report_.with_zeus = end - begin;
    if (choice_made_ && end.steps > choice_made_->steps) report_.after_choice = end - *choice_made_;
    last_ = std::move(progress);
    last_.limits = report_.limits;
  }

  void train_without() {
    Progress progress = std::move(last_);
    progress.measurements = report_.measurements;
    progress.is_comparing = true;
    progress.step = 0;
    progress.epochs = 1;
    progress.steps = static_cast<int>(options_.real_clock
                                          ? std::min(report_.with_zeus.steps, kComparedInRealTime)
                                          : report_.with_zeus.steps);
    pause_ = {};
    const Spent begin = simulated_.spent();
    for (int i = 0; i < progress.steps && signals_.received() == 0; ++i) train_step(progress);
    if (signals_.received() == 0) report_.without_zeus = simulated_.spent() - begin;
  }

  // What a user's own loop would do here is train; the rest is for those who watch.
  void train_step(Progress& progress) {
    const Spent before = simulated_.spent();
    progress.power_limit = gpus_.front().gpu->power_limit();
    simulated_.step();
    const Spent after = simulated_.spent();
    ++progress.step;
    progress.step_time = after.time - before.time;
    progress.power = (after.energy - before.energy) / progress.step_time;
    progress.energy = after.energy;
    show_warnings();
    view_.show(progress);
    if (pause_.count() > 0) std::this_thread::sleep_for(pause_);
  }

  void show_warnings() {
    for (const std::string& warning : warnings_.take()) view_.warn(warning);
  }

  void set_pause(int steps) {
    if (steps > 0) pause_ = std::min<std::chrono::nanoseconds>(duration_ / steps, kLongestPause);
  }

  void note_choice(const GlobalPowerLimitOptimizer& optimizer) {
    if (!choice_made_ && std::holds_alternative<Done>(optimizer.state())) {
      choice_made_ = simulated_.spent();
    }
  }

  void note_result(const GlobalPowerLimitOptimizer& optimizer) {
    report_.measurements = optimizer.measurements();
    if (const auto* done = std::get_if<Done>(&optimizer.state())) {
      report_.chosen = done->optimal_power_limit;
    } else if (const auto* stopped = std::get_if<Stopped>(&optimizer.state())) {
      report_.stopped_because = stopped->reason;
    }
    // Before the end of the sweep a choice would be one among some of the limits.
    if (report_.chosen) {
      report_.choices = choose(kAllSelectors, report_.settings, report_.measurements);
    }
  }

  CollectedWarnings warnings_;  // of the library
  SimulatedMachine& simulated_;
  const DemoOptions& options_;
  ProgressView& view_;
  const StopSignals& signals_;
  std::vector<VisibleGpu> gpus_;
  ZeusMonitor monitor_;
  std::chrono::nanoseconds duration_;
  std::chrono::nanoseconds pause_{};
  std::optional<Spent> choice_made_;
  Progress last_;
  DemoReport report_;
};

}  // namespace

int run_demo(const DemoOptions& options) {
  const StopSignals signals;
  SimulatedMachine simulated(options);
  const ViewTitle title{.what = fmt::format("zeus demo: {} on {} x {}, simulated",
                                            simulated.workload(), options.gpus, options.model),
                        .where = simulated.source()};
  const bool is_live = !options.json && can_draw(STDOUT_FILENO);
  const bool is_slowed = is_live && !options.fast && !options.real_clock;
  const auto view = options.json ? silent_view() : is_live ? live_view(title) : plain_view(title);
  const auto duration = is_slowed ? kWatchable : std::chrono::milliseconds(0);
  const DemoReport report = Training(simulated, options, duration, *view, signals).run();
  view->finish();

  const bool colours = wants_colours(STDOUT_FILENO);
  if (options.json) {
    print(to_json(report));
  } else {
    // What the live view said of it is gone.
    if (is_live) print(styled(title.what, Look::kBold, colours) + "\n" + title.where + "\n");
    print("\n" + demo_text(report, colours));
  }
  if (report.signal != 0) return 128 + report.signal;
  if (!report.limits_are_back()) throw std::runtime_error("the power limits are not as they were");
  return 0;
}

}  // namespace zeus::apps
