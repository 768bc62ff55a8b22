// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/process_watch.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace zeus::daemon {
namespace {

constexpr std::uint64_t kWake = 0;  // no process's key

int open_process(int pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool has_ended(int process) {
  pollfd ended{.fd = process, .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, 0) > 0;
}

void add(int poll, int file, std::uint64_t key) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
  if (::epoll_ctl(poll, EPOLL_CTL_ADD, file, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

}  // namespace

Instant now() {
  return std::chrono::duration_cast<Instant>(std::chrono::steady_clock::now().time_since_epoch());
}

ProcessWatch::ProcessWatch(std::function<void(const JobIdentity&)> on_end,
                           std::function<std::optional<Instant>()> on_alarm)
    : on_end_(std::move(on_end)),
      on_alarm_(std::move(on_alarm)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (poll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  add(poll_, wake_, kWake);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ProcessWatch::~ProcessWatch() {
  thread_.request_stop();
  look_again();
  thread_.join();
  for (const auto& [key, each] : watched_) ::close(each.file);
  ::close(wake_);
  ::close(poll_);
}

ProcessWatch::AllWatched::iterator ProcessWatch::find(const JobIdentity& process) {
  return std::ranges::find_if(
      watched_, [&process](const auto& each) { return each.second.process == process; });
}

bool ProcessWatch::watch(const JobIdentity& process) {
  const std::lock_guard lock(mutex_);
  if (find(process) != watched_.end()) return true;
  const int file = open_process(process.pid);
  if (file < 0 && errno == ESRCH) return false;
  if (file < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  try {
    // Opened first and looked at then: this is the process that the descriptor stands for, unless
    // it has ended, which the descriptor tells.
    const std::optional<JobIdentity> found = identify(process.pid);
    if (has_ended(file) || (found && *found != process)) {
      ::close(file);
      return false;
    }
    if (!found) throw std::system_error(EIO, std::generic_category(), "/proc");
    add(poll_, file, last_key_ + 1);
    watched_[++last_key_] = {.process = process, .file = file};
  } catch (...) {
    ::close(file);
    throw;
  }
  return true;
}

void ProcessWatch::unwatch(const JobIdentity& process) {
  const std::lock_guard lock(mutex_);
  const auto found = find(process);
  if (found != watched_.end()) forget(found);
}

void ProcessWatch::forget(AllWatched::iterator watched) {
  ::epoll_ctl(poll_, EPOLL_CTL_DEL, watched->second.file, nullptr);
  ::close(watched->second.file);
  watched_.erase(watched);
}

void ProcessWatch::look_again() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void ProcessWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::optional<Instant> next = on_alarm_();
    int patience = -1;
    if (next) {
      const auto left = std::max<std::int64_t>((*next - now()).count() + 1, 0);
      patience = static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
    }
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), patience);
    std::vector<JobIdentity> ended;
    for (int i = 0; i < count; ++i) {
      const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
      if (key == kWake) {
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t size = ::read(wake_, &ignored, sizeof ignored);
        continue;
      }
      const std::lock_guard lock(mutex_);
      const auto found = watched_.find(key);
      if (found == watched_.end() || !has_ended(found->second.file)) continue;
      ended.push_back(found->second.process);
      forget(found);
    }
    for (const JobIdentity& process : ended) on_end_(process);
  }
}

}  // namespace zeus::daemon
