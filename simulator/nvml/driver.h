// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulated driver as one process is attached to it: a scenario, the shared state, the
// machine's clock and the faults. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "simulator/nvml/faults.h"
#include "simulator/scenario/scenario.h"
#include "simulator/state/machine_clock.h"
#include "simulator/state/state_file.h"

namespace simulator {

// The environment that names the machine: ZEUS_SIMULATOR (scenario file; empty: the default
// scenario) and ZEUS_SIMULATOR_STATE (state file; empty: one of the user's and the scenario's own).
struct MachineName {
  std::string scenario;
  std::string state;
  bool operator==(const MachineName&) const = default;
};

// The state of one GPU at one instant, to look at or to change.
struct Moment {
  GpuTimeline timeline;
  GpuRecord& record;
  std::int64_t now_ns;
};

class Driver {
 public:
  // Throws ScenarioError.
  explicit Driver(const MachineName& name);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] unsigned gpu_count() const { return static_cast<unsigned>(scenario_.gpus.size()); }
  [[nodiscard]] Faults& faults() { return faults_; }

  [[nodiscard]] std::int64_t now_ns();
  [[nodiscard]] std::int64_t unix_ns();
  [[nodiscard]] std::int64_t begin_ns() { return state_.shared().begin_ns; }
  [[nodiscard]] std::int64_t passed_ns() { return now_ns() - begin_ns(); }

  // Lets a driver call take its time.
  void spend(std::int64_t latency_ns);
  void sleep_until(std::int64_t deadline_ns, const int* stop);

  // Calls look(const Moment&) for a GPU.
  template <class Look>
  auto look(unsigned index, Look&& look) {
    StateFile::Access access(state_);
    const std::int64_t now = now_ns();
    do_outside_writes(access, now);
    const Moment moment{access.gpu(index), access.record(index), now};
    return look(moment);
  }
  // Calls change(Moment&) for a GPU. What it changes is in force for all processes at once.
  template <class Change>
  void change(unsigned index, Change&& change) {
    StateFile::Access access(state_);
    const std::int64_t now = now_ns();
    do_outside_writes(access, now);
    access.change();
    Moment moment{access.gpu(index), access.record(index), now};
    change(moment);
    access.commit();
  }

  // Does what is ordered besides a code: waits, hangs, lets somebody else set a limit.
  void suffer(const Verdict& verdict, std::optional<unsigned> gpu);
  [[nodiscard]] Verdict verdict_on(std::string_view function, std::optional<unsigned> gpu) {
    if (faults_.are_none()) return {};
    return faults_.on_call(function, gpu, passed_ns());
  }

  // A training step on these GPUs; returns when the slowest is through. False when one is lost.
  [[nodiscard]] bool step(std::span<const unsigned> gpus);

 private:
  void wait(const std::function<std::int64_t()>& deadline, WaitKind kind, const int* stop);
  // Sets what others were ordered to have set by now.
  void do_outside_writes(StateFile::Access& access, std::int64_t now);
  [[nodiscard]] bool is_any_lost(std::span<const unsigned> gpus);
  // Begins it if all of these GPUs are idle.
  bool try_begin_step(std::span<const unsigned> gpus);
  [[nodiscard]] std::int64_t busy_until(std::span<const unsigned> gpus);

  Scenario scenario_;
  StateFile state_;
  Faults faults_;
};

// One GPU of the machine that a driver is attached to.
struct SimulatedGpu {
  Driver& driver;
  unsigned index;
  bool ignores_changes = false;  // answers as if they were made

  [[nodiscard]] const GpuScenario& scenario() const { return driver.scenario().gpus[index]; }
  [[nodiscard]] const GpuModel& model() const { return *scenario().model; }
  template <class Look>
  auto look(Look&& look) const {
    return driver.look(index, std::forward<Look>(look));
  }
  template <class Change>
  void change(Change&& change) const {
    if (!ignores_changes) driver.change(index, std::forward<Change>(change));
  }
};

}  // namespace simulator
