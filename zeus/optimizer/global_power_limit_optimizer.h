// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// GlobalPowerLimitOptimizer finds, while training runs, the GPU power limit that is best by the
// user's measure, and sets it:
//
//     zeus::Machine machine;
//     zeus::ZeusMonitor monitor(machine.gpus());
//     zeus::GlobalPowerLimitOptimizer optimizer(monitor);
//     for (int epoch = 0; epoch < epochs; ++epoch) {
//       optimizer.on_epoch_begin();
//       for (const Batch& batch : batches) {
//         optimizer.on_step_begin();
//         ...
//         optimizer.on_step_end();
//       }
//       optimizer.on_epoch_end();
//     }
//
// `wait_steps` steps pass; then, for each limit from the highest down, `warmup_steps` steps pass
// unmeasured and `profile_steps` are measured, over as many epochs as it takes; then the selector
// picks. The limits that were there before come back at the end of training, at close(), when the
// object is destroyed and when the process exits, and until the next step where no hook came for a
// long time. A loop may call on_step_begin() alone, or on_step_end() alone.
//
// A second optimizer of this process on the same GPU takes it over: the earlier one is closed, and
// the limits that were there before it are the user's for the later one, too.
//
// Everything that can be wrong is found by the constructor. After that no hook throws: a failure
// ends the tuning, not the training (state() is then Stopped). One thread at a time may use an
// object. In a forked child every method does nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/monitor/host_power_meter.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/idle_watch.h"
#include "zeus/optimizer/optimizer_state.h"
#include "zeus/optimizer/optimum_selector.h"
#include "zeus/optimizer/tuning_report.h"

namespace zeus {

// Whether a program apart from this one must be there that puts the limits back if this one is
// killed (docs/guard.md).
enum class GuardUse {
  kIfPossible,  // where it can't be had, a warning says so
  kRequired,    // where it can't be had, the constructor throws
};

// What the constructor does where another job tunes one of the GPUs.
enum class WhenBusy {
  kRefuse,       // throws; the message names the other job's process
  kWait,         // waits until that job has ended, however long that takes
  kMeasureOnly,  // trains without tuning: no limit is set on any GPU, report() says why
};

// How the best limit is searched for.
enum class SearchKind {
  kSweep,     // every limit from the highest to the lowest, `pl_step` apart
  kAdaptive,  // a few limits, each where the probes before it promise most
};

struct GlobalPowerLimitOptimizerOptions {
  // None: ZeusCost with eta_knob 0.5 and the number of GPUs of the job as its world size.
  std::shared_ptr<const OptimumSelector> optimum_selector = nullptr;

  // The same for all ranks. The adaptive search ignores pl_step; its report says what the choice
  // gains and how sure that is.
  SearchKind search = SearchKind::kSweep;

  int wait_steps = 1;      // >= 0, at the very beginning, for a framework's own tuning
  int warmup_steps = 10;   // >= 0, unmeasured, after each change of the limit
  int profile_steps = 40;  // >= 1, measured, a limit
  Watts pl_step{25};       // > 0, between one limit and the next

  // How sure a limit's figures must be, one standard deviation as a share: 0.01 is a good value.
  // Each limit is then profiled for profile_steps or more, until time and energy of a step are
  // known to this, or for 160 steps and 30 s; steps that are unlike the others are left out, and
  // the highest limit and the choice are profiled twice. None: exactly profile_steps, all counted.
  std::optional<double> wanted_error = std::nullopt;

  // What the host draws per GPU beside it (CPUs, fans, the power supply's losses). It enters the
  // energy that selectors see: slower steps take more of it. >= 0.
  Watts host_power{0};
  // Measures it instead, while the search runs; rank 0's decides.
  std::shared_ptr<HostPowerMeter> host_power_meter = nullptr;

  // A JSON file (see profile_file.h). Where it exists it is read and nothing is profiled; otherwise
  // it is written when profiling is finished. `<profile_path>.partial` keeps what an unfinished job
  // has measured; a restarted one goes on from there.
  std::optional<std::filesystem::path> profile_path = std::nullopt;

  // The highest limit to explore. None: on each GPU the limit that is there at construction.
  std::optional<Watts> max_power_limit = std::nullopt;

  // None: a job of one process.
  std::shared_ptr<Communicator> communicator = nullptr;

  // Where several ranks monitor the same GPUs: the index of the one this rank trains on. None: a
  // monitor's only GPU is this rank's, of several none is in particular.
  std::optional<int> local_gpu_index = std::nullopt;

  // How long the constructor waits for the other ranks. While a rank waits for another job
  // (when_busy), it reports to the others at half this time, and the limit starts anew.
  Seconds construction_timeout{60};

  // Where no hook came for so long, training is taken to have ended: the limits that were there
  // before come back until the next step. None: ten of the longest steps but at least 30 s while
  // searching, 10 min when done.
  std::optional<Seconds> idle_timeout = std::nullopt;

  // Whether the search starts again, around the choice, where steps take lastingly more or less
  // time than when the choice was made, or GPUs draw more or less power: by 4 % or more, for
  // several minutes. In a job of several ranks rank 0's steps and GPUs are watched. None: with the
  // adaptive search or a wanted_error. The same for all ranks.
  std::optional<bool> retune_on_drift = std::nullopt;
  Seconds drift_interval{1800};  // a choice is held at least so long before that; > 0

  GuardUse guard = GuardUse::kIfPossible;

  // The same for all ranks: where one GPU of the job is busy, the whole job waits or only measures.
  WhenBusy when_busy = WhenBusy::kRefuse;

  // Called some ten times a second while the constructor waits for another job. What it throws ends
  // the wait and is thrown by the constructor.
  std::function<void()> while_waiting = nullptr;
};

class GlobalPowerLimitOptimizer {
 public:
  // `monitor` must outlive the optimizer; its GPUs are the ones optimized. Collective over the
  // communicator's ranks: where one fails, all throw the same ZeusCommunicatorError. Throws
  // ZeusValueError for parameters out of range, ZeusGPUNoPermissionError without the right to set
  // power limits, ZeusGPUHeterogeneousError for GPUs of several models, ZeusBaseGPUError for a GPU
  // that another job tunes (but see when_busy), ZeusFileError for a profile that can't
  // be read, written or used.
  explicit GlobalPowerLimitOptimizer(ZeusMonitor& monitor,
                                     const GlobalPowerLimitOptimizerOptions& options = {});
  GlobalPowerLimitOptimizer(const GlobalPowerLimitOptimizer&) = delete;
  GlobalPowerLimitOptimizer& operator=(const GlobalPowerLimitOptimizer&) = delete;
  ~GlobalPowerLimitOptimizer();  // closes

  // Training begins, or begins again: sets the best limit if it is known. Optional.
  void on_train_begin() noexcept;
  void on_epoch_begin() noexcept;
  void on_step_begin() noexcept {
    heartbeat_.step_begins();
    if (active_ || heartbeat_.has_news()) step_begin();
  }
  void on_step_end() noexcept {
    heartbeat_.step_ends();
    if (active_ || heartbeat_.has_news()) step_end();
  }
  // What is not training follows (evaluation, a checkpoint): measuring rests until the next step.
  void on_pause() noexcept;
  void on_epoch_end() noexcept;
  // Training is over: the limits that were there come back. A next training goes on from here.
  void on_train_end() noexcept;
  // Training was left by an exception that the program catches: as on_train_end(), and what was
  // measured since the last pause does not count.
  void on_train_interrupted() noexcept;
  // How many samples a step has now, where the program knows. Where that changes, what was measured
  // is void and the search starts anew.
  void on_batch_size(std::int64_t samples) noexcept;

  // Puts back the limits that were there and ends the tuning for good. May be called again.
  void close() noexcept;

  [[nodiscard]] const OptimizerState& state() const;

  // The limits that are probed (an adaptive search probes a few of them), highest first. Fixed at
  // construction.
  [[nodiscard]] const std::vector<Watts>& power_limits() const;

  // What is measured so far.
  [[nodiscard]] const std::vector<PowerLimitMeasurement>& measurements() const;

  // The limit that was set last; where the prior limits are back, the highest of them.
  [[nodiscard]] Watts current_power_limit() const;

  // How far the search is, and what came of it.
  [[nodiscard]] TuningProgress progress() const;
  [[nodiscard]] TuningReport report() const;

  // Whether the search under way, or the one that close() has ended, follows a drift
  // (retune_on_drift): the choice before it stands until it ends.
  [[nodiscard]] bool is_retuning() const;

  // GPUs of the whole job, each counted once: the world size of the default selector.
  [[nodiscard]] int gpu_count() const;

  // Whether the next on_step_begin() has no more to do than to count: it calls no driver, no
  // monitor, no selector and no communicator.
  [[nodiscard]] bool next_step_only_counts() const noexcept;
  // The same of the next on_step_end().
  [[nodiscard]] bool next_step_end_only_counts() const noexcept;

 private:
  template <class Work>
  void run(Work work) noexcept;
  void step_begin() noexcept;
  void step_end() noexcept;

  bool active_ = true;  // false while the hooks of steps have nothing to do
  Heartbeat heartbeat_;
  std::unique_ptr<class Tuning> tuning_;
};

}  // namespace zeus
