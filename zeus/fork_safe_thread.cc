// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/fork_safe_thread.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace zeus {
namespace {

// Whether the runtime that forks in this thread starts the threads itself afterwards.
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

// The program's signals are its own threads' to take.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

// All of this process, for pthread_atfork.
class ThreadsAtForks {
 public:
  // Never destroyed: a fork may come at any time.
  static ThreadsAtForks& instance() {
    static auto* const threads = new ThreadsAtForks;
    return *threads;
  }

  void add(ForkSafeThread* thread) {
    const std::lock_guard lock(mutex_);
    all_.push_back(thread);
  }
  void remove(ForkSafeThread* thread) {
    const std::lock_guard lock(mutex_);
    std::erase(all_, thread);
  }
  void resume() {
    const std::lock_guard lock(mutex_);
    for (ForkSafeThread* thread : all_) thread->resume();
  }

 private:
  ThreadsAtForks() { ::pthread_atfork(before, in_parent, in_child); }

  static void before() {
    instance().mutex_.lock();  // until the fork is over
    for (ForkSafeThread* thread : instance().all_) thread->leave();
  }
  static void in_parent() {
    for (ForkSafeThread* thread : instance().all_) thread->come_back();
    instance().mutex_.unlock();
  }
  static void in_child() {
    for (ForkSafeThread* thread : instance().all_) thread->be_gone_in_child();
    instance().mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<ForkSafeThread*> all_;
};

ForkSafeThread::ForkSafeThread(std::function<void(const std::stop_token&, bool)> work,
                               std::function<void(bool)> tell_away)
    : work_(std::move(work)), tell_away_(std::move(tell_away)) {
  ThreadsAtForks::instance().add(this);
}

ForkSafeThread::~ForkSafeThread() {
  ThreadsAtForks::instance().remove(this);
  stop();
}

void ForkSafeThread::launch(bool is_resumed) {
  const BlockedSignals blocked;
  thread_ = std::jthread([this, is_resumed](const std::stop_token& stop) {
    number_ = ::gettid();
    work_(stop, is_resumed);
  });
  if (std::exchange(is_away_, false) && tell_away_) tell_away_(false);
}

void ForkSafeThread::start() {
  const std::lock_guard lock(mutex_);
  is_wanted_ = true;
  if (!is_forking_ && !thread_.joinable()) launch(/*is_resumed=*/false);
}

void ForkSafeThread::stop() {
  std::jthread thread;
  {
    const std::lock_guard lock(mutex_);
    is_wanted_ = false;
    if (std::exchange(is_away_, false) && tell_away_) tell_away_(false);
    thread = std::move(thread_);
  }
  // Joined without the mutex: its work may be waiting for who waits for that.
}

void ForkSafeThread::allow_absence() {
  const std::lock_guard lock(mutex_);
  is_wanted_ = false;
}

void ForkSafeThread::resume() noexcept {
  const std::lock_guard lock(mutex_);
  if (!is_away_ || is_forking_) return;
  try {
    if (is_wanted_ && !thread_.joinable()) launch(/*is_resumed=*/true);
    if (std::exchange(is_away_, false) && tell_away_) tell_away_(false);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): stays away
  }
}

void ForkSafeThread::leave() {
  std::jthread thread;
  {
    const std::lock_guard lock(mutex_);
    is_forking_ = true;
    // The work itself may fork: a log sink that it calls.
    if (thread_.get_id() != std::this_thread::get_id()) thread = std::move(thread_);
  }
  has_left_ = thread.joinable();
  if (has_left_) {
    thread.request_stop();
    thread.join();
    wait_until_gone(number_);
  }
  mutex_.lock();  // a child must not find it locked by a thread that it doesn't have
}

void ForkSafeThread::come_back() {
  is_forking_ = false;
  is_away_ = is_wanted_ && (std::exchange(has_left_, false) || is_away_);
  if (is_away_ && tell_away_) tell_away_(true);
  mutex_.unlock();
  if (!is_runtime_forking) resume();
}

void ForkSafeThread::be_gone_in_child() {
  is_forking_ = false;
  if (thread_.joinable()) thread_.detach();  // it is this child's only thread now
  mutex_.unlock();
}

void ForkSafeThread::begin_fork_of_runtime() noexcept { is_runtime_forking = true; }

void ForkSafeThread::end_fork_of_runtime() noexcept { is_runtime_forking = false; }

void ForkSafeThread::resume_all() noexcept { ThreadsAtForks::instance().resume(); }

}  // namespace zeus
