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

// Written by every hook: one load and one store, no locked instruction.
class Heartbeat {
 public:
  void step_begins() noexcept { beat(kInStep); }
  void step_ends() noexcept { beat(0); }
  [[nodiscard]] bool is_in_step() const noexcept { return (beats() & kInStep) != 0; }
  // Another number after each hook.
  [[nodiscard]] std::uint64_t beats() const noexcept {
    return beats_.load(std::memory_order_relaxed);
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
  // Either.
  [[nodiscard]] bool has_news() const noexcept {
    return news_.load(std::memory_order_acquire) != 0;
  }

 private:
  static constexpr std::uint64_t kInStep = 1;  // the others count
  static constexpr unsigned kIdle = 1;
  static constexpr unsigned kUnwatched = 2;

  void beat(std::uint64_t in_step) noexcept {
    const std::uint64_t count = beats_.load(std::memory_order_relaxed) | kInStep;
    beats_.store((count + 1) | in_step, std::memory_order_relaxed);
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
  // heartbeat.set_idle(false). The thread starts with the first mode other than kOff.
  IdleWatch(Heartbeat& heartbeat, std::shared_ptr<Clock> clock, const IdleTimeouts& timeouts,
            std::function<void(Seconds quiet)> go_idle);
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
  [[nodiscard]] Seconds period(Mode mode) const;
  [[nodiscard]] Seconds timeout(Mode mode, std::optional<Seconds> longest_step) const;

  Heartbeat& heartbeat_;
  std::shared_ptr<Clock> clock_;
  IdleTimeouts timeouts_;
  std::function<void(Seconds quiet)> go_idle_;
  std::atomic<Mode> mode_{Mode::kOff};
  std::optional<Seconds> longest_step_;  // the thread's, as the next
  std::optional<Silence> silence_;
  ForkSafeThread thread_;
};

}  // namespace zeus
