// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The state machine behind GlobalPowerLimitOptimizer: counts steps, sets limits, opens and closes
// windows, adds up the pieces of interrupted limits, and agrees with the other ranks. Its methods
// throw what goes wrong; the optimizer turns that into stop().
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/fork_check.h"
#include "zeus/guard/prior_limits.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/optimizer_state.h"
#include "zeus/optimizer/profile_store.h"

namespace zeus {

// A GPU that this rank writes and counts.
struct OwnedGpu {
  int index = 0;             // the framework's
  std::size_t position = 0;  // in PriorLimits
  Watts ceiling;
};

struct SweepPlan {
  std::shared_ptr<const OptimumSelector> selector;
  int wait_steps = 0;
  std::vector<Watts> limits;  // all of the sweep, highest first
  PowerLimitRange allowed;    // what a selector may choose
  ProfileOrigin origin;       // settings, and what is written into the profile
  std::vector<OwnedGpu> gpus;
};

// What the plan's selector picks among the points that are allowed. Throws what the selector
// throws, and ZeusValueError where it picks what isn't allowed.
[[nodiscard]] Watts choose_limit(const SweepPlan& plan,
                                 std::span<const PowerLimitMeasurement> measurements);

class PowerLimitSweep {
 public:
  // `measured` are points known from before: what an unfinished job left, or a whole profile
  // (`complete`), and then nothing is probed.
  PowerLimitSweep(ZeusMonitor& monitor, std::unique_ptr<PriorLimits> prior,
                  std::shared_ptr<Communicator> communicator, ProfileStore store, SweepPlan plan,
                  std::vector<PowerLimitMeasurement> measured, bool complete);
  PowerLimitSweep(const PowerLimitSweep&) = delete;
  PowerLimitSweep& operator=(const PowerLimitSweep&) = delete;
  ~PowerLimitSweep();

  void step_begin();
  void pause(std::string_view why);
  void suspend();  // training ended
  void resume();   // training begins again
  void stop(std::string_view reason) noexcept;
  void close() noexcept;

  // False while the step hook has nothing to do.
  [[nodiscard]] bool wants_steps() const;
  // True while the next step_begin() does nothing but count.
  [[nodiscard]] bool next_step_only_counts() const;
  // The limit that was set last; after a restore the highest prior one.
  [[nodiscard]] Watts current_power_limit() const { return current_limit_; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] bool forked() const { return fork_check_.forked(); }
  [[nodiscard]] const OptimizerState& state() const { return state_; }
  [[nodiscard]] const SweepPlan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<PowerLimitMeasurement>& measurements() const {
    return measurements_;
  }

 private:
  // What is measured so far at the limit that is being probed.
  struct Pieces {
    Seconds time;
    std::vector<Joules> energy;  // one an owned GPU
    int steps = 0;
    int steps_left = 0;  // to be measured yet
    int rounds = 0;
  };

  void set_limits(Watts limit);
  void restore_limits() noexcept;
  [[nodiscard]] Watts highest_prior_limit() const;
  void begin_limit();
  void open_window();
  void close_window();
  void drop_window() noexcept;
  void finish_limit(bool at_step_begin);
  [[nodiscard]] bool energy_moved() const;
  void contribute(Joules energy, Seconds time);
  void collect();
  void conclude();
  void settle(Watts optimum);
  void start_pieces();

  const ForkCheck fork_check_;
  ZeusMonitor& monitor_;
  std::shared_ptr<Communicator> communicator_;
  ProfileStore store_;
  SweepPlan plan_;
  std::vector<Watts> to_probe_;  // without those measured before
  std::size_t probing_ = 0;      // position in to_probe_
  OptimizerState state_;
  Pieces pieces_;
  std::string window_;  // the open window's name; empty when none is
  std::deque<std::unique_ptr<PendingMessages>> pending_;
  std::size_t contributions_ = 0;
  std::size_t collected_ = 0;  // limits of to_probe_ that all ranks have measured
  bool concluded_ = false;     // this rank has chosen; its choice is among pending_
  bool suspended_ = false;
  bool closed_ = false;
  bool complete_;
  std::vector<PowerLimitMeasurement> measurements_;
  std::unique_ptr<PriorLimits> prior_;
  Watts current_limit_;
};

}  // namespace zeus
