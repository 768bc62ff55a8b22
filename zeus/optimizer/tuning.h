// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The state machine behind GlobalPowerLimitOptimizer: lets steps pass, sets what the search wants,
// has it probed, and holds the choice. Knows no list of limits: the strategy does. Its methods
// throw what goes wrong; the optimizer turns that into stop(). One thread at a time, but for the
// watch's.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/fork_check.h"
#include "zeus/guard/prior_settings.h"
#include "zeus/monitor/host_power_meter.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/drift_watch.h"
#include "zeus/optimizer/idle_watch.h"
#include "zeus/optimizer/job_pace.h"
#include "zeus/optimizer/optimizer_state.h"
#include "zeus/optimizer/probe.h"
#include "zeus/optimizer/profile_store.h"
#include "zeus/optimizer/rank_round.h"
#include "zeus/optimizer/search_around.h"
#include "zeus/optimizer/search_strategy.h"
#include "zeus/optimizer/step_marks.h"
#include "zeus/optimizer/tuning_report.h"

namespace zeus {

// A GPU that this rank writes and counts.
struct OwnedGpu {
  std::size_t position = 0;  // in PriorSettings and in the monitor's list
  Watts ceiling;
};

// What was settled at construction.
struct TuningPlan {
  std::shared_ptr<const SearchStrategy> strategy;
  SearchObjective objective;
  int wait_steps = 0;
  std::vector<Watts> limits;  // of the sweep, highest first
  ProfileOrigin origin;       // settings, and what is written into the profile
  std::vector<OwnedGpu> gpus;
  IdleTimeouts idle_timeouts;
  std::vector<ProbeResult> history;  // known from before
  bool is_from_profile = false;      // the history is a finished profile: it is not written again
  SearchDecision first;              // rank 0's
  std::optional<SeriesRules> sure;   // probes go on until their figures are sure
  std::optional<RetunePlan> retune;  // nothing: nobody watches
  std::string only_measures;         // why nothing is tuned; empty where it is
  std::shared_ptr<HostPowerMeter> host_power_meter;  // in place of the objective's; may be null

  // The objective, with the host's power as it is measured now.
  [[nodiscard]] SearchObjective objective_now() const;
};

class Tuning {
 public:
  // `heartbeat` outlives it. Throws, in a job of one process, what setting a known choice throws.
  Tuning(ZeusMonitor& monitor, Heartbeat& heartbeat, std::unique_ptr<PriorSettings> prior,
         std::shared_ptr<Communicator> communicator, ProfileStore store, TuningPlan plan);
  Tuning(const Tuning&) = delete;
  Tuning& operator=(const Tuning&) = delete;
  ~Tuning();

  void step_begin();
  void step_end();
  void epoch_begin();
  void epoch_end();
  void pause(std::string_view why);
  void train_begin();  // or again
  void train_end();
  // Training was interrupted by an exception: nothing of the step under way counts, and the prior
  // settings come back until the next step.
  void interrupt();
  void batch_size(std::int64_t size);
  void stop(std::string_view reason) noexcept;
  void close() noexcept;

  // False while hooks have nothing to do.
  [[nodiscard]] bool wants_hooks() const;
  // True while the next step_begin() does nothing but count.
  [[nodiscard]] bool next_step_only_counts() const;
  [[nodiscard]] bool forked() const { return fork_check_.forked(); }

  [[nodiscard]] const OptimizerState& state();
  // What was set last; where the prior settings are back, the highest of them.
  [[nodiscard]] Watts current_power_limit() const;
  [[nodiscard]] bool marks_begins() const { return marks_.marks_begins(); }
  // Whether the search under way, or the one that closing has ended, follows a drift: the choice
  // before it stands until it ends.
  [[nodiscard]] bool is_retuning() const {
    return is_retuning_ && !std::holds_alternative<Failed>(state_);
  }
  [[nodiscard]] const std::vector<PowerLimitMeasurement>& measurements() const {
    return measurements_;
  }
  [[nodiscard]] TuningProgress progress() const;
  [[nodiscard]] TuningReport report() const;
  [[nodiscard]] const TuningPlan& plan() const { return plan_; }

 private:
  // Steps pass; the probe's setting is set at the `steps`-th step begin from now.
  struct Counting {
    Probe probe;
    int steps = 0;
  };
  // The probe's setting is set; measuring begins at the `steps`-th step begin from now.
  struct Settling {
    Probe probe;
    int steps = 0;
  };
  struct Probing {
    Probe probe;
  };
  // This rank has said its part of a round. The last probed setting stays for `steps_left` steps
  // more, then the prior settings come back.
  struct BetweenProbes {
    int steps_left = 0;
    std::string start_anew;  // why, once the round is over; empty where it need not
  };
  struct Holding {
    Choose choice;
    bool is_confirmed = false;  // by all ranks
  };
  struct Failed {
    std::string reason;
  };
  // Training has ended, or was interrupted; the next step goes on with this.
  struct Suspended {
    std::variant<Counting, BetweenProbes, Holding> then;
  };
  struct Closed {
    OptimizerState last;
  };
  using State =
      std::variant<Failed, Counting, Settling, Probing, BetweenProbes, Holding, Suspended, Closed>;

  [[nodiscard]] static OptimizerState describe(const State& state);
  [[nodiscard]] int warmup_steps() const { return plan_.origin.warmup_steps; }
  [[nodiscard]] std::string stop_reason() const;
  [[nodiscard]] bool is_searching() const;
  // A choice is held and hooks come here for news only.
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool watches_drift() const;
  [[nodiscard]] bool keeps_profile() const { return is_first_rank_ && !plan_.is_from_profile; }
  [[nodiscard]] KnobSetting present_setting() const;
  void make_readers();
  [[nodiscard]] Probe make_probe(const KnobSetting& setting) const;
  [[nodiscard]] bool has_settled() const;
  [[nodiscard]] int patience(int measured) const;
  [[nodiscard]] Probe* open_probe();

  // A value, not a part of state_: that goes with the assignment.
  template <class Next>
  void enter(Next next) {
    state_ = std::move(next);
  }

  void apply(const KnobSetting& setting);
  // Returns whether nothing was to be reported.
  void restore() noexcept;
  void go_idle(Seconds quiet) noexcept;  // on the watch's thread
  void wake();
  bool is_gone();

  void step_boundary(bool was_interrupted, bool looks);
  void set_and_settle(Probe probe);
  void begin_probing(Probe probe);
  void finish_probe(bool is_step_begin);
  void await_round(bool is_step_begin, int measured = 0);
  void poll_round(bool is_step_begin);
  void obey(const SearchDecision& decision, bool is_step_begin);
  SearchDecision decide(const std::optional<ProbeResult>& result);
  [[nodiscard]] std::optional<SearchGain> gain() const;
  void remember(const ProbeResult& result);
  void forget_history();
  void hold(const Choose& choice);
  void start_anew(const std::string& why);
  void begin_search(bool is_around_choice);
  void make_pace();
  void add_figures(const PaceFigures& figures);
  void look(bool is_step_begin);
  void note_pause();
  [[nodiscard]] std::optional<std::string> reason_to_retune() const;
  void meet_ranks(bool is_step_begin);
  void note_interrupted_step();
  void drop_open_piece(std::string_view why);
  void suspend();
  void resume();

  const ForkCheck fork_check_;
  ZeusMonitor& monitor_;
  const std::shared_ptr<Clock> clock_;
  Heartbeat& heartbeat_;
  ProfileStore store_;
  const TuningPlan plan_;
  std::vector<ProbeResult> history_;
  std::vector<PowerLimitMeasurement> measurements_;  // the same, for selectors
  DriftWatch drift_;
  JobPace pace_;  // rank 0's, while it holds
  Seconds held_since_;
  std::shared_ptr<const SearchStrategy> strategy_;  // of the search under way, or of the last
  bool is_retuning_ = false;
  int dropped_probes_ = 0;
  int doubts_in_a_row_ = 0;
  int restarts_ = 0;
  StepMarks marks_;
  std::unique_ptr<PriorSettings> prior_;
  KnobSetting highest_prior_;
  std::optional<KnobSetting> applied_;  // nothing where the prior settings are back
  Seconds applied_at_;
  bool probes_until_sure_ = false;
  std::vector<std::shared_ptr<EnergyReader>> readers_;  // of plan_.gpus, where probes need them
  std::optional<Choose> last_choice_;
  Watts host_power_;  // by which it was chosen
  const int world_size_;
  const bool is_first_rank_;
  RankRound round_;
  State state_;
  OptimizerState described_;
  std::mutex idle_mutex_;  // go_idle() against wake()
  std::unique_ptr<IdleWatch> watch_;
};

}  // namespace zeus
