// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Notices that training has ended without saying so, in a process that lives on: an exception that
// a notebook shows, a loop that was left. Hooks beat; a thread looks now and then whether they
// still do. It calls no driver while they do.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "zeus/clock.h"
#include "zeus/units.h"

namespace zeus {

// Written by every hook: loads and stores, no locked instruction.
class Heartbeat {
 public:
  void beat() noexcept {
    beats_.store(beats_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void step_begins() noexcept {
    beat();
    in_step_.store(true, std::memory_order_relaxed);
  }
  void step_ends() noexcept {
    beat();
    in_step_.store(false, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_in_step() const noexcept {
    return in_step_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t beats() const noexcept {
    return beats_.load(std::memory_order_relaxed);
  }

  // Set by the watch, cleared by the step that goes on.
  [[nodiscard]] bool is_idle() const noexcept { return idle_.load(std::memory_order_acquire); }
  void set_idle(bool idle) noexcept { idle_.store(idle, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> beats_{0};
  std::atomic<bool> in_step_{false};
  std::atomic<bool> idle_{false};
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

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] Seconds timeout(Mode mode, std::optional<Seconds> longest_step) const;

  Heartbeat& heartbeat_;
  std::shared_ptr<Clock> clock_;
  IdleTimeouts timeouts_;
  std::function<void(Seconds quiet)> go_idle_;
  std::atomic<Mode> mode_{Mode::kOff};
  std::jthread thread_;
};

}  // namespace zeus
