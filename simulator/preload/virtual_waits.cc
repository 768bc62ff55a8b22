// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Waits that something else may end before their time: for another thread, for a file. What is
// waited for happens in real time, so in such a wait virtual time moves no faster than real time,
// unless others move it.
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <algorithm>
#include <cerrno>

#include "simulator/preload/virtual_clock.h"

using namespace simulator::virtual_clock;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kSliceNs = 2'000'000;

// The monotonic moment of a deadline whose clock is not told: Unix time is far later.
std::int64_t monotonic_deadline(const timespec& deadline, std::int64_t monotonic_now) {
  constexpr std::int64_t kLongAgo = 500'000'000 * kSecond;  // in 1985
  const std::int64_t when = nanoseconds(deadline);
  if (when < kLongAgo) return when;
  return when - now_ns(Kind::kUnix).value_or(when) + monotonic_now;
}

// After a slice of real time that brought nothing.
void catch_up(std::int64_t before, std::int64_t deadline) {
  const std::int64_t now = now_ns(Kind::kMonotonic).value_or(before);
  if (now < before + kSliceNs) sleep_until_ns(std::min(deadline, before + kSliceNs));
}

timespec end_of_real_slice() { return timespec_of(real_now_ns() + kSliceNs); }

// A wake-up without a reason is allowed, and used: the program looks and waits again.
int wait_on(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec& deadline,
            std::int64_t now) {
  static const auto real = next<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
      "pthread_cond_clockwait");
  const std::int64_t until = monotonic_deadline(deadline, now);
  if (now >= until) return ETIMEDOUT;
  const timespec slice = end_of_real_slice();
  const int answer = real(condition, mutex, CLOCK_MONOTONIC, &slice);
  if (answer != ETIMEDOUT) return answer;
  catch_up(now, until);
  return now_ns(Kind::kMonotonic).value_or(until) >= until ? ETIMEDOUT : 0;
}

int wait_on(sem_t* semaphore, const timespec& deadline, std::int64_t now) {
  static const auto real = next<int(sem_t*, clockid_t, const timespec*)>("sem_clockwait");
  const std::int64_t until = monotonic_deadline(deadline, now);
  for (;;) {
    if (sem_trywait(semaphore) == 0) return 0;
    if (now >= until) {
      errno = ETIMEDOUT;
      return -1;
    }
    const timespec slice = end_of_real_slice();
    if (real(semaphore, CLOCK_MONOTONIC, &slice) == 0) return 0;
    if (errno != ETIMEDOUT) return -1;
    catch_up(now, until);
    now = now_ns(Kind::kMonotonic).value_or(until);
  }
}

// Waits in real time and lets as much pass in virtual time.
template <class Wait>
int in_real_time(Wait&& wait) {
  const auto before = now_ns(Kind::kMonotonic);
  const std::int64_t real_before = real_now_ns();
  const int answer = wait();
  const int error = errno;
  if (before) sleep_until_ns(*before + real_now_ns() - real_before);
  errno = error;
  return answer;
}

}  // namespace

extern "C" {

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* deadline) {
  if (const auto now = now_ns(Kind::kMonotonic)) return wait_on(condition, mutex, *deadline, *now);
  static const auto real =
      next<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  return real(condition, mutex, deadline);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* deadline) {
  if (const auto now = now_ns(Kind::kMonotonic)) return wait_on(condition, mutex, *deadline, *now);
  static const auto real = next<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
      "pthread_cond_clockwait");
  return real(condition, mutex, clock, deadline);
}

int sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  if (const auto now = now_ns(Kind::kMonotonic)) return wait_on(semaphore, *deadline, *now);
  static const auto real = next<int(sem_t*, const timespec*)>("sem_timedwait");
  return real(semaphore, deadline);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* deadline) {
  if (const auto now = now_ns(Kind::kMonotonic)) return wait_on(semaphore, *deadline, *now);
  static const auto real = next<int(sem_t*, clockid_t, const timespec*)>("sem_clockwait");
  return real(semaphore, clock, deadline);
}

int poll(pollfd* files, nfds_t count, int timeout_ms) {
  static const auto real = next<int(pollfd*, nfds_t, int)>("poll");
  const auto now = now_ns(Kind::kMonotonic);
  if (!now) return real(files, count, timeout_ms);
  if (count == 0 && timeout_ms >= 0) {
    sleep_until_ns(*now + timeout_ms * 1'000'000LL);
    return 0;
  }
  return in_real_time([&] { return real(files, count, timeout_ms); });
}

int select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  static const auto real = next<int(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
  const auto now = now_ns(Kind::kMonotonic);
  if (!now) return real(count, read, write, except, timeout);
  const bool is_sleep = read == nullptr && write == nullptr && except == nullptr;
  if (is_sleep && timeout != nullptr) {
    sleep_until_ns(*now + timeout->tv_sec * kSecond + timeout->tv_usec * 1000);
    return 0;
  }
  return in_real_time([&] { return real(count, read, write, except, timeout); });
}

int epoll_wait(int poller, epoll_event* events, int count, int timeout_ms) {
  static const auto real = next<int(int, epoll_event*, int, int)>("epoll_wait");
  if (!now_ns(Kind::kMonotonic)) return real(poller, events, count, timeout_ms);
  return in_real_time([&] { return real(poller, events, count, timeout_ms); });
}

}  // extern "C"
