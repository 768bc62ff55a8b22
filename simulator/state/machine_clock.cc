// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/state/machine_clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <vector>

namespace simulator {
namespace {

using std::chrono::milliseconds;
using RealTime = std::chrono::steady_clock::time_point;

// How long a woken background thread is waited for at most, should it never wait again.
constexpr milliseconds kStepPatience{1000};
constexpr milliseconds kDriverCallPatience{20};
// Another process moves the same virtual time and cannot notify us.
constexpr milliseconds kLookEvery{5};

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct Waiter {
  const std::atomic<std::int64_t>* now;  // nullptr: it waits in real time
  const std::function<std::int64_t()>* deadline;
  const int* stop;
  std::uint64_t thread;
  bool is_background_thread;
  bool is_woken = false;
};

struct RunningThread {
  std::uint64_t thread;
  RealTime since;
};

// What the waiting threads of this process have in common.
struct Waits {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Waiter*> waiting;
  std::vector<RunningThread> running;  // background threads between two waits

  void stop_running(std::uint64_t thread) {
    std::erase_if(running, [thread](const RunningThread& r) { return r.thread == thread; });
  }
};

// Made and destroyed under the mutex.
class Registration {
 public:
  Registration(Waits& all, Waiter& waiter) : all_(all), waiter_(waiter) {
    all_.stop_running(waiter_.thread);
    all_.waiting.push_back(&waiter_);
    notify();
  }
  ~Registration() {
    std::erase(all_.waiting, &waiter_);
    notify();
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  void notify() {
    if (waiter_.now != nullptr) all_.changed.notify_all();
  }

  Waits& all_;
  Waiter& waiter_;
};

// Never destroyed: threads may wait while the process exits. A forked child takes a new one.
std::vector<std::unique_ptr<Waits>>& all_waits() {
  static auto* const all = new std::vector<std::unique_ptr<Waits>>();
  if (all->empty()) all->push_back(std::make_unique<Waits>());
  return *all;
}
Waits& waits() {
  static auto& all = all_waits();
  return *all.back();
}

class ThisThread {
 public:
  ThisThread() : id_(next_id_.fetch_add(1) + 1) {}
  ~ThisThread() {
    if (!is_background) return;
    const std::lock_guard lock(waits().mutex);
    waits().stop_running(id_);
    waits().changed.notify_all();
  }
  ThisThread(const ThisThread&) = delete;
  ThisThread& operator=(const ThisThread&) = delete;

  [[nodiscard]] std::uint64_t id() const { return id_; }
  bool is_background = false;

 private:
  static inline std::atomic<std::uint64_t> next_id_{0};
  std::uint64_t id_;
};
thread_local ThisThread this_thread;

bool is_raised(const int* stop) {
  return stop != nullptr && __atomic_load_n(stop, __ATOMIC_ACQUIRE) != 0;
}

void advance(std::atomic<std::int64_t>& now, std::int64_t to) {
  std::int64_t seen = now.load();
  while (seen < to && !now.compare_exchange_weak(seen, to)) {
  }
}

// Moves the time to the next moment that somebody waits for, and counts the background threads
// that are woken by it as running. False where somebody's moment has come already and he has yet to
// take his leave: that goes first.
bool move_to_next_event(Waits& all, std::atomic<std::int64_t>& now) {
  std::int64_t next = 0;
  bool found = false;
  for (const Waiter* waiter : all.waiting) {
    if (waiter->now != &now) continue;
    const std::int64_t deadline = (*waiter->deadline)();
    if (!found || deadline < next) next = deadline;
    found = true;
  }
  if (next <= now.load()) return false;
  advance(now, next);
  const RealTime since = std::chrono::steady_clock::now();
  for (Waiter* waiter : all.waiting) {
    if (waiter->now != &now || waiter->is_woken || !waiter->is_background_thread) continue;
    if ((*waiter->deadline)() > now.load()) continue;
    waiter->is_woken = true;
    all.running.push_back({waiter->thread, since});
  }
  all.changed.notify_all();
  return true;
}

// Waits for the running background threads; true when there are none (any more).
bool background_rests(Waits& all, std::unique_lock<std::mutex>& lock, milliseconds patience) {
  const RealTime now = std::chrono::steady_clock::now();
  std::erase_if(all.running,
                [&](const RunningThread& thread) { return now - thread.since >= patience; });
  if (all.running.empty()) return true;
  all.changed.wait_until(lock, all.running.front().since + patience);
  return false;
}

}  // namespace

std::int64_t real_monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }
std::int64_t real_unix_ns() { return read_clock(CLOCK_REALTIME); }

void wait_in_virtual_time(std::atomic<std::int64_t>& now,
                          const std::function<std::int64_t()>& deadline, WaitKind kind,
                          const int* stop) {
  Waits& all = waits();
  std::unique_lock lock(all.mutex);
  if (kind == WaitKind::kBackground) this_thread.is_background = true;
  if (kind == WaitKind::kStep) this_thread.is_background = false;
  const bool is_background = this_thread.is_background;
  const milliseconds patience = kind == WaitKind::kStep ? kStepPatience : kDriverCallPatience;
  Waiter self{&now, &deadline, stop, this_thread.id(), is_background};
  const Registration registration(all, self);
  while (!is_raised(stop)) {
    const bool is_due = now.load() >= deadline();
    if (is_due && is_background) break;
    if (kind == WaitKind::kBackground) {
      all.changed.wait_for(lock, kLookEvery);
    } else if (background_rests(all, lock, patience)) {
      // At the very end too: those who wait for the same moment go first.
      if (is_due) break;
      if (!move_to_next_event(all, now)) all.changed.wait_for(lock, kLookEvery);
    }
  }
  if (is_raised(stop)) {
    all.stop_running(self.thread);
  } else if (is_background && !self.is_woken) {
    all.running.push_back({self.thread, std::chrono::steady_clock::now()});
  }
}

void wait_in_real_time(const std::function<std::int64_t()>& deadline, const int* stop) {
  // A step's end moves when somebody changes the limit: look again now and then.
  constexpr std::int64_t kSlice = 10'000'000;
  // The kernel wakes a sleeper 50 us late and later: who waits in earnest stays awake at the end.
  constexpr std::int64_t kAwake = 150'000;
  Waits& all = waits();
  Waiter self{nullptr, &deadline, stop, this_thread.id(), false};
  for (std::int64_t now = real_monotonic_ns(); !is_raised(stop); now = real_monotonic_ns()) {
    const std::int64_t until = deadline();
    if (now >= until) return;
    if (stop == nullptr && until - now <= kAwake) {
      while (real_monotonic_ns() < until) {
      }
      continue;
    }
    const std::int64_t slice_end = stop == nullptr ? std::min(until - kAwake, now + kSlice) : until;
    const RealTime wake{std::chrono::nanoseconds(slice_end)};
    std::unique_lock lock(all.mutex);
    const Registration registration(all, self);
    if (!is_raised(stop)) all.changed.wait_until(lock, wake);
  }
}

void wake_waiting() {
  Waits& all = waits();
  const std::lock_guard lock(all.mutex);
  all.changed.notify_all();
}

int background_waits() {
  Waits& all = waits();
  const std::lock_guard lock(all.mutex);
  return static_cast<int>(
      std::count_if(all.waiting.begin(), all.waiting.end(),
                    [](const Waiter* waiter) { return waiter->stop != nullptr; }));
}

void before_fork() { waits().mutex.lock(); }
void after_fork_in_parent() { waits().mutex.unlock(); }
void after_fork_in_child() {
  waits().mutex.unlock();
  all_waits().push_back(std::make_unique<Waits>());
}

}  // namespace simulator
