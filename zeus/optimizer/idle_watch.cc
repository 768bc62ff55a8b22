// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/idle_watch.h"

#include <algorithm>
#include <utility>

namespace zeus {
namespace {

// Looks so many times within a timeout: often enough to be right within a tenth of it.
constexpr double kLooks = 10;

}  // namespace

IdleWatch::IdleWatch(Heartbeat& heartbeat, std::shared_ptr<Clock> clock,
                     const IdleTimeouts& timeouts, std::function<void(Seconds quiet)> go_idle,
                     Seconds look_period)
    : heartbeat_(heartbeat),
      clock_(std::move(clock)),
      timeouts_(timeouts),
      go_idle_(std::move(go_idle)),
      look_period_(look_period),
      thread_([this](const std::stop_token& stop, bool is_resumed) { run(stop, is_resumed); },
              [this](bool is_away) { heartbeat_.set_unwatched(is_away); }) {}

void IdleWatch::set_mode(Mode mode) {
  mode_ = mode;
  if (mode != Mode::kOff) {
    thread_.start();
  } else {
    thread_.allow_absence();
  }
}

Seconds IdleWatch::timeout(Mode mode, std::optional<Seconds> longest_step) const {
  if (mode == Mode::kHolding) return timeouts_.holding;
  if (!longest_step && heartbeat_.is_in_step()) return timeouts_.holding;
  return std::max(timeouts_.searching_least,
                  longest_step.value_or(Seconds(0)) * timeouts_.searching_steps);
}

void IdleWatch::run(const std::stop_token& stop, bool is_resumed) {
  // What was seen before a fork still counts, or a program that forks often would never be idle.
  if (!is_resumed || !silence_) {
    silence_ = Silence{.beats = heartbeat_.beats(),
                       .since = clock_->monotonic(),
                       .next_look = clock_->monotonic() + period(mode_),
                       .was_in_step = heartbeat_.is_in_step(),
                       .mode = mode_};
  }
  while (!stop.stop_requested()) {
    clock_->sleep_until(asks() ? std::min(silence_->next_look, next_ask_) : silence_->next_look,
                        stop);
    if (stop.stop_requested()) return;
    const Seconds now = clock_->monotonic();
    if (asks() && now >= next_ask_) {
      heartbeat_.ask_for_look();
      next_ask_ = now + look_period_;
    }
    if (now < silence_->next_look) continue;
    look(*silence_);
    silence_->next_look = clock_->monotonic() + period(silence_->mode);
  }
}

Seconds IdleWatch::period(Mode mode) const {
  return (mode == Mode::kHolding ? timeouts_.holding : timeouts_.searching_least) / kLooks;
}

void IdleWatch::look(Silence& silence) {
  const Seconds now = clock_->monotonic();
  const std::uint64_t beats = heartbeat_.beats();
  const Mode before = std::exchange(silence.mode, mode_);
  if (beats != silence.beats || silence.mode != before || silence.mode == Mode::kOff) {
    // As far as can be seen from here: a step is at most as long as hooks stayed away in it. What
    // is longer than a held choice may stay idle was no step.
    const Seconds quiet = std::max(now - silence.since - period(before), Seconds(0));
    if (silence.mode == before && silence.was_in_step && quiet <= timeouts_.holding) {
      longest_step_ = std::max(longest_step_.value_or(Seconds(0)), quiet);
    }
    silence.beats = beats;
    silence.since = now;
    silence.was_in_step = heartbeat_.is_in_step();
    return;
  }
  if (!heartbeat_.is_idle() && now - silence.since >= timeout(silence.mode, longest_step_)) {
    go_idle_(now - silence.since);
  }
}

}  // namespace zeus
