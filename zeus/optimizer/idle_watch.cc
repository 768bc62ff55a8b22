// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/idle_watch.h"

#include <pthread.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace zeus {
namespace {

// Looks so many times within a timeout: often enough to be right within a tenth of it.
constexpr double kLooks = 10;

}  // namespace

// Every watch of this process, for pthread_atfork.
class ForkingWatches {
 public:
  // Never destroyed: a fork may come at any time.
  static ForkingWatches& instance() {
    static auto* const watches = new ForkingWatches;
    return *watches;
  }

  void add(IdleWatch* watch) {
    const std::lock_guard lock(mutex_);
    all_.push_back(watch);
  }
  void remove(IdleWatch* watch) {
    const std::lock_guard lock(mutex_);
    std::erase(all_, watch);
  }

 private:
  ForkingWatches() { ::pthread_atfork(before, in_parent, in_child); }

  static void before() {
    ForkingWatches& watches = instance();
    watches.mutex_.lock();  // until the fork is over
    watches.stopped_.clear();
    for (IdleWatch* watch : watches.all_) {
      if (watch->stop()) watches.stopped_.push_back(watch);
    }
  }

  static void in_parent() {
    ForkingWatches& watches = instance();
    for (IdleWatch* watch : watches.stopped_) {
      if (watch->mode_ != IdleWatch::Mode::kOff) watch->heartbeat_.set_unwatched(true);
    }
    watches.mutex_.unlock();
  }

  static void in_child() { instance().mutex_.unlock(); }

  std::mutex mutex_;
  std::vector<IdleWatch*> all_;
  std::vector<IdleWatch*> stopped_;
};

IdleWatch::IdleWatch(Heartbeat& heartbeat, std::shared_ptr<Clock> clock,
                     const IdleTimeouts& timeouts, std::function<void(Seconds quiet)> go_idle)
    : heartbeat_(heartbeat),
      clock_(std::move(clock)),
      timeouts_(timeouts),
      go_idle_(std::move(go_idle)) {
  ForkingWatches::instance().add(this);
}

IdleWatch::~IdleWatch() { ForkingWatches::instance().remove(this); }

void IdleWatch::set_mode(Mode mode) {
  mode_ = mode;
  if (mode != Mode::kOff) start();
}

void IdleWatch::resume() {
  heartbeat_.set_unwatched(false);
  if (mode_ != Mode::kOff) start();
}

void IdleWatch::start() {
  const std::lock_guard lock(thread_mutex_);
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool IdleWatch::stop() {
  const std::lock_guard lock(thread_mutex_);
  // A log sink may fork, called by the watch's own thread.
  if (!thread_.joinable() || thread_.get_id() == std::this_thread::get_id()) return false;
  thread_.request_stop();
  thread_.join();
  return true;
}

Seconds IdleWatch::timeout(Mode mode, std::optional<Seconds> longest_step) const {
  if (mode == Mode::kHolding) return timeouts_.holding;
  if (!longest_step && heartbeat_.is_in_step()) return timeouts_.holding;
  return std::max(timeouts_.searching_least,
                  longest_step.value_or(Seconds(0)) * timeouts_.searching_steps);
}

void IdleWatch::run(const std::stop_token& stop) {
  std::uint64_t seen = heartbeat_.beats();
  Seconds last_beat = clock_->monotonic();
  bool was_in_step = heartbeat_.is_in_step();
  Mode mode = mode_;
  while (!stop.stop_requested()) {
    const Seconds period =
        (mode == Mode::kHolding ? timeouts_.holding : timeouts_.searching_least) / kLooks;
    clock_->sleep_until(clock_->monotonic() + period, stop);
    if (stop.stop_requested()) return;
    const Seconds now = clock_->monotonic();
    const std::uint64_t beats = heartbeat_.beats();
    const Mode before = std::exchange(mode, mode_);
    if (beats != seen || mode != before || mode == Mode::kOff) {
      // As far as can be seen from here: a step is at most as long as hooks stayed away in it. What
      // is longer than a held choice may stay idle was no step.
      const Seconds quiet = std::max(now - last_beat - period, Seconds(0));
      if (mode == before && was_in_step && quiet <= timeouts_.holding) {
        longest_step_ = std::max(longest_step_.value_or(Seconds(0)), quiet);
      }
      seen = beats;
      last_beat = now;
      was_in_step = heartbeat_.is_in_step();
      continue;
    }
    if (!heartbeat_.is_idle() && now - last_beat >= timeout(mode, longest_step_)) {
      go_idle_(now - last_beat);
    }
  }
}

}  // namespace zeus
