// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a Tuning does between two probes: the ranks' round, rank 0's decision, and what follows from
// it on every rank.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "zeus/error.h"
#include "zeus/optimizer/tuning.h"
#include "zeus/optimizer/tuning_log.h"

namespace zeus {
namespace {

// As many times this rank's steps another one may need.
constexpr int kMostOthers = 4;

}  // namespace

void Tuning::await_round(bool is_step_begin, int measured) {
  state_ = BetweenProbes{.steps_left = patience(measured), .start_anew = {}};
  poll_round(is_step_begin);
}

// So many steps the probed setting stays for ranks that still measure. A rank that is lost must not
// leave the others throttled.
int Tuning::patience(int measured) const {
  // Where figures are to be sure, the ranks need different numbers of steps.
  const int probe = plan_.sure ? std::max(plan_.sure->most_steps, kMostOthers * measured)
                               : plan_.origin.profile_steps;
  return warmup_steps() + probe;
}

void Tuning::poll_round(bool is_step_begin) {
  std::optional<RoundOutcome> outcome =
      round_.poll([this](const std::optional<ProbeResult>& result) { return decide(result); });
  auto* const between = std::get_if<BetweenProbes>(&state_);
  if (!outcome) {
    if (between != nullptr && is_step_begin && between->steps_left > 0 &&
        --between->steps_left == 0) {
      restore();
    }
    // Another rank starts anew: from now on every step looks.
    if (auto* holding = std::get_if<Holding>(&state_); holding && round_.awaits_decision()) {
      holding->is_confirmed = false;
    }
    return;
  }
  const std::string start_anew_because = between != nullptr ? between->start_anew : std::string();
  // A rank that has another batch size since wants more than a search around the choice.
  if (const auto* anew = std::get_if<StartedAnew>(&*outcome);
      anew != nullptr && (start_anew_because.empty() || !anew->is_around_choice)) {
    if (!is_first_rank_) {
      forget_history();
      begin_search(anew->is_around_choice);
    }
    ++restarts_;
    say(LogLevel::kInfo, "{}: {}.", anew->reason,
        anew->is_around_choice ? "profiling it again"
                               : "what was measured so far is void, the search starts anew");
    obey(anew->decision, is_step_begin);
    return;
  }
  if (!start_anew_because.empty()) {
    round_.start_anew(start_anew_because);
    await_round(is_step_begin);
  } else if (const auto* measured = std::get_if<Measured>(&*outcome)) {
    if (!is_first_rank_) remember(measured->result);
    obey(measured->decision, is_step_begin);
  } else if (auto* holding = std::get_if<Holding>(&state_)) {
    holding->is_confirmed = true;
    marks_.leave();  // the ends of the steps from now on don't come here
  }
}

void Tuning::obey(const SearchDecision& decision, bool is_step_begin) {
  const Watts limit = setting_of(decision).power_limit;
  if (!plan_.objective.allowed.contains(limit)) {
    throw ZeusValueError(fmt::format("rank 0 wants {:g} W, out of {:g}-{:g} W", limit.value(),
                                     plan_.objective.allowed.min.value(),
                                     plan_.objective.allowed.max.value()));
  }
  if (const auto* choice = std::get_if<Choose>(&decision)) {
    hold(*choice);
    return;
  }
  Probe probe = make_probe(setting_of(decision));
  if (is_step_begin) {
    set_and_settle(std::move(probe));
  } else {
    state_ = Counting{.probe = std::move(probe), .steps = 1};
  }
}

SearchDecision Tuning::decide(const std::optional<ProbeResult>& result) {
  if (const auto* between = std::get_if<BetweenProbes>(&state_);
      result && between != nullptr && !between->start_anew.empty()) {
    return ProbeNext{result->setting};  // void, as what follows will be
  }
  if (result) {
    remember(*result);
    // A finished profile stands until the new one is.
    if (keeps_profile() && !is_retuning_) store_.save_partial(history_, plan_.origin);
  } else {
    forget_history();
    begin_search(round_.starts_around_choice());
    if (keeps_profile()) store_.remove_partial();
  }
  SearchDecision decision = strategy_->next(history_, plan_.objective_now());
  if (std::holds_alternative<Choose>(decision) && keeps_profile()) {
    store_.save(history_, plan_.origin);
  }
  return decision;
}

void Tuning::remember(const ProbeResult& result) {
  history_.push_back(result);
  measurements_.push_back(to_measurement(result));
}

void Tuning::forget_history() {
  history_.clear();
  measurements_.clear();
}

void Tuning::hold(const Choose& choice) {
  say(LogLevel::kInfo, "The optimal power limit is {:g} W.", choice.setting.power_limit.value());
  last_choice_ = choice;
  host_power_ = plan_.objective_now().host_power;
  if (const std::optional<SearchGain> found = gain()) {
    if (const std::string text = zeus::describe(*found); !text.empty())
      say(LogLevel::kInfo, "{}", text);
  }
  apply(choice.setting);
  state_ = Holding{.choice = choice};
  is_retuning_ = false;
  held_since_ = clock_->monotonic();
  drift_.learn_anew();
  pace_.restart();
  watch_->set_mode(IdleWatch::Mode::kHolding);
  if (keeps_profile() && store_.has_path()) {
    say(LogLevel::kInfo, "The profile is saved in '{}'.", store_.name());
  }
  round_.hold();
  poll_round(/*is_step_begin=*/false);
}

void Tuning::start_anew(const std::string& why) {
  if (auto* suspended = std::get_if<Suspended>(&state_)) {
    Suspended taken = std::move(*suspended);
    std::visit([this](auto& it) { enter(std::move(it)); }, taken.then);
  }
  if (Probe* const probe = open_probe()) probe->drop(monitor_);
  forget_history();
  if (round_.is_under_way()) {
    state_ = BetweenProbes{.steps_left = 1, .start_anew = why};
    poll_round(/*is_step_begin=*/false);
    return;
  }
  round_.start_anew(why);
  await_round(/*is_step_begin=*/false);
}

}  // namespace zeus
