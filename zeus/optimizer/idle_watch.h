// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Notices that training has ended without saying so, in a process that lives on: an exception that
// a notebook shows, a loop that was left. Hooks beat; a thread looks now and then whether they
// still do. It calls no driver while they do, and is away while the process forks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "zeus/clock.h"
#include "zeus/fork_safe_thread.h"
#include "zeus/units.h"

namespace zeus {

// Written by every hook: one load and one store, no locked instruction. Counts hooks and, for what
// looks now and then, steps.
class Heartbeat {
 public:
  void step_begins() noexcept { beat(kStep | kInStep); }
  void step_ends() noexcept { beat(0); }
  [[nodiscard]] bool is_in_step() const noexcept { return (beats() & kInStep) != 0; }
  // Another number after each hook.
  [[nodiscard]] std::uint64_t beats() const noexcept {
    return beats_.load(std::memory_order_relaxed);
  }

  // Whether a step's begin was ever reported.
  [[nodiscard]] bool marks_begins() const noexcept { return beats() >= kStep; }
  // Steps so far, from any origin, for a loop of which every step reports the same. Wraps.
  [[nodiscard]] std::uint32_t steps() const noexcept {
    const std::uint64_t count = beats();
    return static_cast<std::uint32_t>(count >= kStep ? count / kStep : count / 2);
  }

  // Set by the watch, cleared by the step that goes on.
  [[nodiscard]] bool is_idle() const noexcept {
    return (news_.load(std::memory_order_acquire) & kIdle) != 0;
  }
  void set_idle(bool idle) noexcept { set(kIdle, idle); }
  // The watch's thread went for a fork and is not back yet.
  [[nodiscard]] bool is_unwatched() const noexcept {
    return (news_.load(std::memory_order_acquire) & kUnwatched) != 0;
  }
  void set_unwatched(bool unwatched) noexcept { set(kUnwatched, unwatched); }
  // The watch wants the next step to look at the clock.
  void ask_for_look() noexcept { set(kLook, true); }
  // Whether it did; answers that.
  bool take_look() noexcept {
    if ((news_.load(std::memory_order_acquire) & kLook) == 0) return false;
    set(kLook, false);
    return true;
  }
  // Any of them.
  [[nodiscard]] bool has_news() const noexcept {
    return news_.load(std::memory_order_acquire) != 0;
  }

 private:
  static constexpr std::uint64_t kInStep = 1;         // then 31 bits that count hooks …
  static constexpr std::uint64_t kStep = 1ULL << 32;  // … and 32 that count the begins of steps
  static constexpr unsigned kIdle = 1;
  static constexpr unsigned kUnwatched = 2;
  static constexpr unsigned kLook = 4;

  // The next hook, with what else is added.
  void beat(std::uint64_t added) noexcept {
    const std::uint64_t count = beats_.load(std::memory_order_relaxed) | kInStep;
    beats_.store(count + 1 + added, std::memory_order_relaxed);
  }
  void set(unsigned bit, bool value) noexcept {
    if (value) {
      news_.fetch_or(bit, std::memory_order_acq_rel);
    } else {
      news_.fetch_and(~bit, std::memory_order_acq_rel);
    }
  }

  std::atomic<std::uint64_t> beats_{0};
  std::atomic<unsigned> news_{0};
};

// How long no hook may come before the job counts as idle.
struct IdleTimeouts {
  // While searching: so many of the longest steps, and at least so long. Before it is known how
  // long steps are, a step has the time of `holding`.
  double searching_steps = 10;
  Seconds searching_least{30};
  // While a choice is held.
  Seconds holding{600};

  // The same time always.
  [[nodiscard]] static IdleTimeouts of(Seconds timeout) {
    return {.searching_steps = 0, .searching_least = timeout, .holding = timeout};
  }
};

class IdleWatch {
 public:
  enum class Mode { kOff, kSearching, kHolding };

  // `go_idle` is called on the watch's thread, with how long no hook has come, once until
  // heartbeat.set_idle(false). The thread starts with the first mode other than kOff. While a
  // choice is held it asks a step to look every `look_period`; 0: never.
  IdleWatch(Heartbeat& heartbeat, std::shared_ptr<Clock> clock, const IdleTimeouts& timeouts,
            std::function<void(Seconds quiet)> go_idle, Seconds look_period = Seconds(0));
  IdleWatch(const IdleWatch&) = delete;
  IdleWatch& operator=(const IdleWatch&) = delete;
  // Waits for the thread, which may be in go_idle.
  ~IdleWatch() = default;

  void set_mode(Mode mode);
  // Starts the thread again that went for a fork; heartbeat.is_unwatched() says whether it did.
  void resume() noexcept { thread_.resume(); }

 private:
  // No hook since then. Mode: at the last look.
  struct Silence {
    std::uint64_t beats = 0;
    Seconds since;
    Seconds next_look;
    bool was_in_step = false;
    Mode mode = Mode::kOff;
  };

  void run(const std::stop_token& stop, bool is_resumed);
  void look(Silence& silence);
  [[nodiscard]] bool asks() const { return mode_ == Mode::kHolding && look_period_ > Seconds(0); }
  [[nodiscard]] Seconds period(Mode mode) const;
  [[nodiscard]] Seconds timeout(Mode mode, std::optional<Seconds> longest_step) const;

  Heartbeat& heartbeat_;
  std::shared_ptr<Clock> clock_;
  IdleTimeouts timeouts_;
  std::function<void(Seconds quiet)> go_idle_;
  const Seconds look_period_;
  std::atomic<Mode> mode_{Mode::kOff};
  std::optional<Seconds> longest_step_;  // the thread's, as the next
  std::optional<Silence> silence_;
  Seconds next_ask_;
  ForkSafeThread thread_;
};

}  // namespace zeus
