// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulated driver as one process is attached to it: a scenario, the shared state, the box's
// clock and the faults. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulator/nvml/faults.h"
#include "simulator/scenario/scenario.h"
#include "simulator/state/box_clock.h"
#include "simulator/state/state_file.h"

namespace simulator {

// The environment that names the box: ZEUS_SIMULATOR (scenario file; empty: the default scenario)
// and ZEUS_SIMULATOR_STATE (state file; empty: one of the user's and the scenario's own).
struct BoxName {
  std::string scenario;
  std::string state;
  bool operator==(const BoxName&) const = default;
};

// While one lives, what its thread changes is dropped.
class IgnoredChanges {
 public:
  explicit IgnoredChanges(bool on) { on_ = on; }
  ~IgnoredChanges() { on_ = false; }
  IgnoredChanges(const IgnoredChanges&) = delete;
  IgnoredChanges& operator=(const IgnoredChanges&) = delete;
  [[nodiscard]] static bool are_on() { return on_; }

 private:
  static inline thread_local bool on_ = false;
};

class Driver {
 public:
  // Throws ScenarioError.
  explicit Driver(const BoxName& name);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] unsigned gpu_count() const { return static_cast<unsigned>(scenario_.gpus.size()); }
  [[nodiscard]] Faults& faults() { return faults_; }

  [[nodiscard]] std::int64_t now_ns();
  [[nodiscard]] std::int64_t unix_ns();
  [[nodiscard]] std::int64_t begin_ns() { return state_.shared().begin_ns; }

  // Lets a driver call take its time.
  void spend(std::int64_t latency_ns);
  void sleep_until(std::int64_t deadline_ns, const int* stop);

  // Looks at one GPU's state at one instant: look(GpuTimeline, const GpuRecord&, now).
  template <class Look>
  auto look(unsigned index, Look&& look) {
    StateFile::Access access(state_);
    const std::int64_t now = now_ns();
    do_outside_writes(access, now);
    const GpuRecord& record = access.record(index);
    const GpuTimeline timeline = access.gpu(index);
    return look(timeline, record, now);
  }
  // Changes it, for all processes at once: change(GpuTimeline&, GpuRecord&, now).
  template <class Change>
  void change(unsigned index, Change&& change) {
    StateFile::Access access(state_);
    const std::int64_t now = now_ns();
    do_outside_writes(access, now);
    if (IgnoredChanges::are_on()) return;
    access.change();
    GpuTimeline timeline = access.gpu(index);
    change(timeline, access.record(index), now);
    access.commit();
  }

  // Does what is ordered besides a code: waits, hangs, lets somebody else set a limit.
  void suffer(const Verdict& verdict, std::optional<unsigned> gpu);
  [[nodiscard]] Verdict verdict_on(std::string_view function, std::optional<unsigned> gpu) {
    if (faults_.are_none()) return {};
    return faults_.on_call(function, gpu, now_ns() - begin_ns());
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

}  // namespace simulator
