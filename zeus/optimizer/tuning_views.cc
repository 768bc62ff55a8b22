// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What others see of a Tuning: its public state, progress and report. Changes nothing.
#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "zeus/optimizer/tuning.h"

namespace zeus {

SearchObjective TuningPlan::objective_now() const {
  SearchObjective now = objective;
  if (host_power_meter) {
    now.host_power = host_power_meter->per_gpu() * static_cast<double>(origin.gpu_uuids.size());
  }
  return now;
}

bool Tuning::wants_hooks() const {
  if (const auto* holding = std::get_if<Holding>(&state_)) return !holding->is_confirmed;
  return !std::holds_alternative<Failed>(state_) && !std::holds_alternative<Closed>(state_);
}

bool Tuning::next_step_only_counts() const {
  if (!wants_hooks()) return true;
  if (marks_.is_interrupted()) return false;
  if (const auto* probing = std::get_if<Probing>(&state_)) {
    return probing->probe.is_open() && probing->probe.next_step_only_counts();
  }
  if (const auto* settling = std::get_if<Settling>(&state_)) return settling->steps > 1;
  if (const auto* counting = std::get_if<Counting>(&state_)) return counting->steps > 1;
  return false;
}

OptimizerState Tuning::describe(const State& state) {
  struct Describe {
    OptimizerState operator()(const Counting& it) const {
      return Ready{.next_power_limit = it.probe.setting().power_limit, .steps = it.steps};
    }
    OptimizerState operator()(const Settling& it) const {
      return Warmup{.current_power_limit = it.probe.setting().power_limit, .steps = it.steps};
    }
    OptimizerState operator()(const Probing& it) const {
      return Profiling{.current_power_limit = it.probe.setting().power_limit,
                       .steps = it.probe.steps_left()};
    }
    OptimizerState operator()(const BetweenProbes& /*it*/) const { return Waiting{}; }
    OptimizerState operator()(const Holding& it) const {
      return Done{.optimal_power_limit = it.choice.setting.power_limit};
    }
    OptimizerState operator()(const Failed& it) const { return Stopped{it.reason}; }
    OptimizerState operator()(const Suspended& it) const { return std::visit(*this, it.then); }
    OptimizerState operator()(const Closed& it) const { return it.last; }
  };
  return std::visit(Describe(), state);
}

const OptimizerState& Tuning::state() {
  static_cast<void>(is_gone());
  described_ = describe(state_);
  return described_;
}

Watts Tuning::current_power_limit() const { return present_setting().power_limit; }

KnobSetting Tuning::present_setting() const {
  return applied_ && !heartbeat_.is_idle() ? *applied_ : highest_prior_;
}

TuningProgress Tuning::progress() const {
  struct StepsLeft {
    int warmup_steps;
    int operator()(const Counting& it) const {
      return it.steps + warmup_steps + it.probe.steps_left();
    }
    int operator()(const Settling& it) const { return it.steps + it.probe.steps_left(); }
    int operator()(const Probing& it) const { return it.probe.steps_left(); }
    int operator()(const BetweenProbes& /*it*/) const { return 0; }
    int operator()(const Holding& /*it*/) const { return 0; }
    int operator()(const Failed& /*it*/) const { return 0; }
    int operator()(const Closed& /*it*/) const { return 0; }
    int operator()(const Suspended& it) const { return std::visit(*this, it.then); }
  };
  TuningProgress progress{.probes_done = static_cast<int>(history_.size()),
                          .probes_expected = static_cast<int>(history_.size()),
                          .setting = present_setting()};
  progress.stopped_because = stop_reason();
  if (!is_searching()) return progress;
  const auto left = static_cast<int>(strategy_->probes_left(history_));
  progress.probes_expected += left;
  const int under_way = std::visit(StepsLeft{warmup_steps()}, state_);
  const int to_come = std::max(0, under_way > 0 ? left - 1 : left);
  progress.steps_left = under_way + to_come * (warmup_steps() + plan_.origin.profile_steps);
  return progress;
}

TuningReport Tuning::report() const {
  TuningReport report{.probes = history_,
                      .prior = highest_prior_,
                      .choice = std::nullopt,
                      .choice_reason = {},
                      .gain = gain(),
                      .stopped_because = stop_reason(),
                      .dropped_probes = dropped_probes_,
                      .restarts = restarts_};
  if (last_choice_) {
    report.choice = last_choice_->setting;
    report.choice_reason = last_choice_->reason;
  }
  return report;
}

std::optional<SearchGain> Tuning::gain() const {
  if (!last_choice_) return std::nullopt;
  std::optional<SearchGain> gain = gain_of(history_, last_choice_->setting,
                                           {.allowed = plan_.objective.allowed,
                                            .profile_steps = plan_.origin.profile_steps,
                                            .warmup_steps = warmup_steps(),
                                            .host_power = host_power_});
  if (gain && plan_.is_from_profile && restarts_ == 0) {  // another job has paid for it
    gain->profiling_steps = 0;
    gain->profiling_energy = Joules(0);
    gain->profiling_time = Seconds(0);
    if (gain->payback_steps) gain->payback_steps = 0.0;
  }
  return gain;
}

// Closing keeps it.
std::string Tuning::stop_reason() const {
  const OptimizerState state = describe(state_);
  const auto* const stopped = std::get_if<Stopped>(&state);
  return stopped != nullptr ? stopped->reason : std::string();
}

bool Tuning::is_searching() const {
  const auto searches = [](const auto& state) {
    return std::holds_alternative<Counting>(state) || std::holds_alternative<BetweenProbes>(state);
  };
  if (const auto* suspended = std::get_if<Suspended>(&state_)) return searches(suspended->then);
  return searches(state_) || std::holds_alternative<Settling>(state_) ||
         std::holds_alternative<Probing>(state_);
}

}  // namespace zeus
