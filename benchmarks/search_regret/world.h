// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A job and its GPU in virtual time: an independent model, which shares no code with the simulated
// driver. The host hands steps to the GPU; the GPU works them off, at the limit in force; a counter
// shows the energy as of its last tick.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "benchmarks/search_regret/scenario.h"
#include "benchmarks/search_regret/true_curve.h"

namespace zeus::search_regret {

// So many steps one after the other at one limit.
struct StepsAtLimit {
  double limit = 0.0;
  int steps = 0;
};

class World {
 public:
  // What the training loop comes to. A loop tells all of it to what tunes it.
  enum class Event { kEpochBegin, kStepBegin, kEpochEnd };

  static constexpr double kTick = 0.1;  // s

  // Both outlive it.
  World(const TrueCurve& curve, const Scenario& scenario, std::uint64_t seed);

  // Trains as far as the next event.
  Event next();

  // The host's time, in seconds.
  [[nodiscard]] double now() const { return now_; }
  // The host waits until the GPU has nothing to do.
  void wait_for_gpu();

  // Calls of the driver, which take the host's time.
  double read_counter();
  void set_limit(double limit);
  [[nodiscard]] double limit() const { return limit_; }

  [[nodiscard]] const TrueCurve& curve() const { return curve_; }
  [[nodiscard]] const std::vector<StepsAtLimit>& trace() const { return trace_; }
  [[nodiscard]] int steps() const { return steps_; }
  // The truth of this job: a step's mean time, relative to that of a normal one at the ceiling, and
  // its mean power, in W.
  [[nodiscard]] double mean_time(double limit) const;
  [[nodiscard]] double mean_power(double limit) const;

 private:
  // Of the job's steps, and what makes them long.
  struct LongOnes {
    double share = 0.0;
    double time = 0.0;   // relative to a normal step's
    double power = 0.0;  // relative to a normal step's
  };
  struct Stretch {
    double end = 0.0;
    double power = 0.0;
  };

  void run_step();
  void run_gap();
  void work(double seconds, double power);  // on the GPU, after what it has to do
  void idle_until(double time);
  [[nodiscard]] LongOnes long_ones() const;
  [[nodiscard]] double long_time(double limit) const;
  [[nodiscard]] double effective_limit(double time) const;
  [[nodiscard]] double normal() { return normal_(random_); }
  [[nodiscard]] double uniform() { return std::uniform_real_distribution<double>()(random_); }
  [[nodiscard]] double disturbance();
  void count(double until);  // the energy up to that time

  const TrueCurve& curve_;
  const Scenario& scenario_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;

  double now_ = 0.0;
  bool in_epoch_ = false;
  bool step_is_due_ = false;
  int step_of_epoch_ = 0;
  int steps_ = 0;

  double limit_ = 0.0;
  double limit_before_ = 0.0;
  double limit_set_ = 0.0;  // when
  double window_ = 0.0;     // ln(time) at this limit
  double correlated_ = 0.0;
  double heat_ = 0.0;
  int cycle_ = 0;
  int cycle_phase_ = 0;
  int evaluation_phase_ = 0;

  double gpu_free_ = 0.0;
  std::deque<double> step_ends_;  // of steps that were handed over
  std::deque<Stretch> stretches_;
  double counted_until_ = 0.0;
  double energy_ = 0.0;
  double shown_ = 0.0;
  double tick_phase_ = 0.0;

  std::vector<StepsAtLimit> trace_;
};

}  // namespace zeus::search_regret
