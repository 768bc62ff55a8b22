// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/idle_watch.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace zeus {
namespace {

// Looks so many times within a timeout: often enough to be right within a tenth of it.
constexpr double kLooks = 10;

// Whether the runtime that forks in this thread starts the watches itself afterwards.
thread_local bool is_runtime_forking = false;

// A thread that was joined is in the kernel's count of the process's threads for a moment more.
void wait_until_gone(pid_t thread) {
  constexpr std::chrono::milliseconds kPatience{500};
  constexpr std::chrono::microseconds kPause{50};
  const std::string folder = "/proc/self/task/" + std::to_string(thread);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (::access(folder.c_str(), F_OK) == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
  }
}

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
  void resume() {
    const std::lock_guard lock(mutex_);
    for (IdleWatch* watch : all_) {
      if (watch->heartbeat_.is_unwatched()) resume(*watch);
    }
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
      if (watch->mode_ == IdleWatch::Mode::kOff) continue;
      watch->heartbeat_.set_unwatched(true);
      if (!is_runtime_forking) resume(*watch);
    }
    watches.mutex_.unlock();
  }

  static void resume(IdleWatch& watch) {
    try {
      watch.resume();
    } catch (const std::exception&) {  // no thread to be had: the next step tries again
      watch.heartbeat_.set_unwatched(true);
    }
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
  if (mode != Mode::kOff) start(/*is_anew=*/true);
}

void IdleWatch::resume() {
  heartbeat_.set_unwatched(false);
  if (mode_ != Mode::kOff) start(/*is_anew=*/false);
}

void IdleWatch::begin_fork_of_runtime() noexcept { is_runtime_forking = true; }

void IdleWatch::end_fork_of_runtime() noexcept { is_runtime_forking = false; }

void IdleWatch::resume_all() { ForkingWatches::instance().resume(); }

void IdleWatch::start(bool is_anew) {
  const std::lock_guard lock(thread_mutex_);
  if (thread_.joinable()) return;
  if (is_anew) silence_.reset();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool IdleWatch::stop() {
  const std::lock_guard lock(thread_mutex_);
  // A log sink may fork, called by the watch's own thread.
  if (!thread_.joinable() || thread_.get_id() == std::this_thread::get_id()) return false;
  thread_.request_stop();
  thread_.join();
  wait_until_gone(thread_number_);
  return true;
}

Seconds IdleWatch::timeout(Mode mode, std::optional<Seconds> longest_step) const {
  if (mode == Mode::kHolding) return timeouts_.holding;
  if (!longest_step && heartbeat_.is_in_step()) return timeouts_.holding;
  return std::max(timeouts_.searching_least,
                  longest_step.value_or(Seconds(0)) * timeouts_.searching_steps);
}

void IdleWatch::run(const std::stop_token& stop) {
  thread_number_ = ::gettid();
  // What was seen before a fork still counts, or a program that forks often would never be idle.
  if (!silence_) {
    silence_ = Silence{.beats = heartbeat_.beats(),
                       .since = clock_->monotonic(),
                       .next_look = clock_->monotonic() + period(mode_),
                       .was_in_step = heartbeat_.is_in_step(),
                       .mode = mode_};
  }
  while (!stop.stop_requested()) {
    clock_->sleep_until(silence_->next_look, stop);
    if (stop.stop_requested()) return;
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
