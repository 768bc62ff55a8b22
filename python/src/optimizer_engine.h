// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A GlobalPowerLimitOptimizer and the Python objects it works with. Hooks may be called from any
// Python thread, one at a time; a hook called from within a hook (by a selector, say) does nothing.
// In a forked child hooks do nothing, whatever a thread of the parent was doing at the fork.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "python/src/python_monitor.h"
#include "zeus/fork_check.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::python {

namespace nb = nanobind;

// What a constructor call gives, in watts and seconds.
struct OptimizerParameters {
  int wait_steps = 0;
  int warmup_steps = 0;
  int profile_steps = 0;
  double pl_step = 0;
  std::optional<std::string> profile_path;  // as the file system has it
  std::optional<double> max_power_limit;
  std::optional<int> local_gpu_index;
  double construction_timeout = 0;
  std::optional<double> idle_timeout;
  std::optional<double> wanted_error;
  std::string guard;
  std::string when_busy;
  std::string search;
  double host_power = 0;                       // per GPU
  std::shared_ptr<HostPowerMeter> host_meter;  // in its place; may be null
  std::optional<bool> retune_on_drift;
  double drift_interval = 0;
};

[[nodiscard]] GlobalPowerLimitOptimizerOptions options_of(const OptimizerParameters& parameters);

// Power limit in W, energy in J, time in s.
using Point = std::tuple<double, double, double>;

// (share, times, are counted).
using LongStepsPoint = std::tuple<double, double, bool>;

// (setting in mW, energy in J, time in s, their errors, steps, long steps, drifts, is sure).
using ProbePoint =
    std::tuple<std::int64_t, double, double, double, double, int, LongStepsPoint, bool, bool>;

// (reference in mW, energy's change and error, time's change and error, host's power in W,
// profiling's steps, energy in J and time in s, steps until that is paid back).
using GainPoint = std::tuple<std::int64_t, double, double, double, double, double, std::int64_t,
                             double, double, std::optional<double>>;

// (probes done, probes expected, steps left, setting in mW, why tuning has stopped).
using ProgressDescription = std::tuple<int, int, int, std::int64_t, std::string>;

// (probes, prior limit in mW, choice in mW, its reason, why tuning has stopped, dropped probes,
// restarts, gain).
using ReportDescription =
    std::tuple<std::vector<ProbePoint>, std::int64_t, std::optional<std::int64_t>, std::string,
               std::string, int, int, std::optional<GainPoint>>;

// (name, power limit in mW, steps, reason), with None for what a state doesn't have.
using StateDescription =
    std::tuple<const char*, std::optional<std::int64_t>, std::optional<int>, std::string>;

class OptimizerEngine {
 public:
  // `select`: a callable or None for the default; `communicator`: see PythonCommunicator, or None
  // for a job of one process.
  OptimizerEngine(nb::object monitor, std::vector<VisibleGpu> gpus, nb::object select,
                  nb::object communicator, const OptimizerParameters& parameters);
  ~OptimizerEngine();
  OptimizerEngine(const OptimizerEngine&) = delete;
  OptimizerEngine& operator=(const OptimizerEngine&) = delete;

  // Keeps the GIL while there is only counting to do.
  void on_step_begin() {
    last_seen_ = Seen::kStep;
    if (!busy_ && !deferred_ && optimizer_->next_step_only_counts()) {
      optimizer_->on_step_begin();
    } else {
      run(&GlobalPowerLimitOptimizer::on_step_begin);
    }
  }
  void on_train_begin() { run(&GlobalPowerLimitOptimizer::on_train_begin); }
  void on_epoch_begin() { run(&GlobalPowerLimitOptimizer::on_epoch_begin); }
  void on_step_end() {
    last_seen_ = Seen::kStep;
    if (!busy_ && !deferred_ && optimizer_->next_step_end_only_counts()) {
      optimizer_->on_step_end();
    } else {
      run(&GlobalPowerLimitOptimizer::on_step_end);
    }
  }
  void on_pause() { run(&GlobalPowerLimitOptimizer::on_pause); }
  void on_epoch_end() { run(&GlobalPowerLimitOptimizer::on_epoch_end); }
  void on_train_end() { run(&GlobalPowerLimitOptimizer::on_train_end); }
  void on_train_interrupted() {
    last_seen_ = Seen::kException;
    run(&GlobalPowerLimitOptimizer::on_train_interrupted);
  }
  void on_batch_size(std::int64_t samples);
  void close();

  [[nodiscard]] StateDescription state();
  [[nodiscard]] std::vector<std::int64_t> power_limits() const;  // mW
  [[nodiscard]] std::int64_t current_power_limit();              // mW
  [[nodiscard]] std::vector<Point> measurements();
  [[nodiscard]] ProgressDescription progress();
  [[nodiscard]] ReportDescription report();
  // Whether no step has begun or ended since the construction.
  [[nodiscard]] bool awaits_first_step() const { return last_seen_ == Seen::kNothing; }
  // Whether an exception has left a hook or the training, and no step has come since.
  [[nodiscard]] bool was_interrupted() const { return last_seen_ == Seen::kException; }
  // Whether this thread is inside a hook: then hooks do nothing.
  [[nodiscard]] bool is_in_hook() const { return busy_ && worker_ == std::this_thread::get_id(); }
  // Whether the search under way follows a drift.
  [[nodiscard]] bool is_retuning();
  [[nodiscard]] int gpu_count() const { return optimizer_->gpu_count(); }

  // For Python's collector of cycles.
  int traverse(visitproc visit, void* arg) const;
  void clear();

 private:
  void run(void (GlobalPowerLimitOptimizer::*hook)() noexcept);
  template <class Work>
  void run_work(Work work, bool whatever_happens = false);
  // What the constructor logged is delivered once the optimizer is made. An interruption there is
  // raised by the constructor; another exception that must pass, by the first hook: the program
  // then has an optimizer, which it can close.
  void deliver_constructions_log();
  // Runs it while no other thread's hook is under way.
  template <class Work>
  void locked(Work work);
  // Calls look() while no other thread's hook is under way.
  template <class Look>
  auto while_quiet(Look look);

  nb::object monitor_;
  nb::object select_;
  nb::object communicator_;
  std::unique_ptr<PythonMonitor> windows_;
  std::unique_ptr<GlobalPowerLimitOptimizer> optimizer_;
  const ForkCheck fork_check_;
  enum class Seen : unsigned char { kNothing, kStep, kException };
  Seen last_seen_ = Seen::kNothing;
  std::shared_ptr<PyObject> deferred_;  // an exception
  // busy_ and worker_ are written under the GIL: they tell who holds the mutex, without the GIL.
  bool busy_ = false;
  std::thread::id worker_;
  std::mutex mutex_;
};

}  // namespace zeus::python
