// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A simulated GPU's power as a function of time: pieces of constant power, the past in a ring, the
// rest of a running step planned ahead. Energy at any instant is the exact integral, and nobody
// has to be alive for time to pass: when the stepper is killed its step ends as planned and the
// GPU idles from there.
//
// All of it is plain data that lies in the shared state file. A record is changed on a copy and
// then committed; the ring is only written beyond what the committed record shows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

#include "simulator/scenario/scenario.h"
#include "simulator/state/compute_clients.h"

namespace simulator {

struct PowerPiece {
  std::int64_t begin_ns;
  double watts;
  double steps_per_s;  // how fast the running step progresses; 0 when idle
  double energy_j;     // drawn until begin_ns
  double busy_s;       // spent in steps until begin_ns
  double celsius;      // at begin_ns
  double clock;        // relative to the highest
};

struct GpuRecord {
  static constexpr std::size_t kMaxPlan = 20;

  std::int64_t requested_mw;
  // The limit in force goes from ramp_from_w to ramp_to_w over the settling time.
  std::int64_t ramp_begin_ns;
  double ramp_from_w;
  double ramp_to_w;
  std::int64_t outside_done_ns;  // what others were ordered to set until then is done
  double counter_begin_j;        // the integral when the driver was loaded, of the counter's zero
  unsigned persistence_mode;
  unsigned locked_min_mhz;  // 0: not locked
  unsigned locked_max_mhz;
  unsigned memory_locked_min_mhz;
  unsigned memory_locked_max_mhz;

  std::uint64_t steps_begun;
  std::int64_t job_end_ns;  // of the last step begun
  double work_left;         // of it, at plan[0].begin_ns: 1 at its begin
  double time_factor;       // of it: noise
  double power_factor;
  // A step's end is a whole nanosecond; what is lost by that is made good by the next.
  double carry_ns;
  double next_carry_ns;

  ComputeClients clients;

  // What happens from plan[0].begin_ns on; the last piece is idle and has no end.
  std::size_t plan_count;
  std::array<PowerPiece, kMaxPlan> plan;

  // history[first_past, end_past), modulo the ring's size, is what happened before.
  std::uint64_t first_past;
  std::uint64_t end_past;
};
static_assert(std::is_trivially_copyable_v<GpuRecord>);

inline constexpr std::size_t kHistory = 4096;
using History = std::array<PowerPiece, kHistory>;

// The constants and the two parts of one GPU's state. Not thread-safe: the state file's lock is.
class GpuTimeline {
 public:
  GpuTimeline(const Scenario& scenario, unsigned index, GpuRecord& record, History& history)
      : scenario_(scenario),
        gpu_(scenario.gpus[index]),
        index_(index),
        record_(record),
        history_(history) {}

  // The state of a GPU that has idled at its prior limit since `now`.
  void start(std::int64_t now);

  // What the driver forgets when its last client has left and persistence mode is off.
  void unload(std::int64_t now);

  // Takes effect over the settling time, also on the step that is running.
  void set_limit(std::int64_t now, std::int64_t requested_mw);
  void lock_clocks(std::int64_t now, unsigned min_mhz, unsigned max_mhz);  // 0, 0: not locked

  [[nodiscard]] bool is_busy(std::int64_t now) const { return record_.job_end_ns > now; }
  // Begins a step on an idle GPU; record.job_end_ns tells its end.
  void begin_step(std::int64_t now);

  [[nodiscard]] std::uint64_t steps_ended(std::int64_t now) const {
    return record_.steps_begun - (is_busy(now) ? 1 : 0);
  }
  [[nodiscard]] std::int64_t enforced_mw() const;
  [[nodiscard]] double watts(std::int64_t when) const;
  // Exact; before the history's begin what it was there.
  [[nodiscard]] double energy_j(std::int64_t when) const;
  [[nodiscard]] double busy_s(std::int64_t when) const;
  // Mean power of the last `window_ns`, or of what the history has of it.
  [[nodiscard]] double mean_watts(std::int64_t now, std::int64_t window_ns) const;
  // What the energy counter last ticked to, in mJ.
  [[nodiscard]] std::uint64_t counter_mj(std::int64_t now) const;
  [[nodiscard]] double celsius(std::int64_t when) const;
  // Relative to the highest.
  [[nodiscard]] double clock(std::int64_t when) const { return piece_at(when).clock; }
  // Whether a step runs slower than its clocks allow because of the limit.
  [[nodiscard]] bool is_capped(std::int64_t when) const;
  // The last of the moments, `period_ns` apart, at which something of this GPU is renewed; `which`
  // keeps several such things apart. 0: always.
  [[nodiscard]] std::int64_t last_renewal(std::int64_t now, std::int64_t period_ns,
                                          unsigned which) const;

 private:
  [[nodiscard]] double limit_in_force_w(std::int64_t when) const;
  [[nodiscard]] std::int64_t limit_holds_until(std::int64_t when) const;
  [[nodiscard]] double max_phi() const;
  [[nodiscard]] const PowerPiece& piece_at(std::int64_t when) const;
  void append_to_history(const PowerPiece& piece);
  void forget_plan_before(std::int64_t now);
  void plan_from(std::int64_t now, bool in_step);
  void plan_idle(std::int64_t begin);
  void add_to_plan(std::int64_t begin, double watts, double steps_per_s, double clock);
  // How much more or less than when settled it draws where it would settle at `watts`.
  [[nodiscard]] double leakage(std::int64_t when, double watts) const;

  const Scenario& scenario_;
  const GpuScenario& gpu_;
  unsigned index_;
  GpuRecord& record_;
  History& history_;
};

// A seeded factor around 1 for the `step`-th step of a GPU; `which` keeps the draws apart.
[[nodiscard]] double step_noise(std::uint64_t seed, unsigned gpu, std::uint64_t step,
                                unsigned which, double deviation);

}  // namespace simulator
