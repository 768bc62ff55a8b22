// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/guard/watch.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

namespace zeus::apps {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Part = GpuLock::Part;

// A job that starts another program by exec() goes on under its number, and a child that it had
// forked may hold its socket: only its locks are gone. They are looked at so often.
constexpr int kLookMs = 400;
// After the job is gone, for what is in the way: a driver that doesn't answer, another process that
// is putting the GPU back.
constexpr milliseconds kPatience{5000};
constexpr milliseconds kPause{20};

void report(const std::string& line) {
  openlog("zeus-guard", LOG_PID, LOG_DAEMON);
  syslog(LOG_WARNING, "%s", line.c_str());
}

class Watch {
 public:
  Watch(const std::filesystem::path& folder, int job, int socket)
      : journal_(folder, current_boot()),
        job_(job),
        socket_(socket),
        process_(static_cast<int>(syscall(SYS_pidfd_open, job, 0))) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    if (process_ >= 0) close(process_);
  }

  void run() {
    bool is_job_gone = process_ < 0 && errno == ESRCH;
    while (!is_job_gone) {
      if (!wait(is_job_gone)) return;  // the job has nothing left to watch
      put_back_what_is_let_go();
      if (is_at_end_ && gpus_.empty()) return;
    }
    const auto deadline = steady_clock::now() + kPatience;
    while (!gpus_.empty() && steady_clock::now() < deadline) {
      put_back_what_is_let_go();
      if (!gpus_.empty()) std::this_thread::sleep_for(kPause);
    }
  }

 private:
  // False where the job has said that it needs no guard any more.
  bool wait(bool& is_job_gone) {
    std::array<pollfd, 2> ends{{{.fd = is_at_end_ ? -1 : socket_, .events = POLLIN, .revents = 0},
                                {.fd = process_, .events = POLLIN, .revents = 0}}};
    if (poll(ends.data(), ends.size(), kLookMs) <= 0) return true;
    is_job_gone = ends[1].revents != 0;
    return ends[0].revents == 0 || read_words();
  }

  bool read_words() {
    std::array<char, 4096> bytes{};
    const ssize_t size = recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return true;
    if (size == 0) is_at_end_ = true;
    words_.append(bytes.data(), static_cast<std::size_t>(size));
    bool has_left = false;
    for (std::size_t end = words_.find('\n'); end != std::string::npos; end = words_.find('\n')) {
      const std::string word = words_.substr(0, end);
      words_.erase(0, end + 1);
      if (word.starts_with('+')) add(word.substr(1));
      if (word.starts_with('-')) {
        gpus_.erase(word.substr(1));
        has_left = true;
      }
    }
    return !has_left || !gpus_.empty();
  }

  void add(const std::string& uuid) {
    char answer = '-';
    try {
      std::shared_ptr<GpuLock> lock = GpuLock::open(journal_.lock_file(uuid));
      // The guard of an earlier job may be about to end.
      const auto deadline = steady_clock::now() + kPatience / 2;
      while (!lock->is_held(Part::kGuard) && !lock->try_lock(Part::kGuard) &&
             steady_clock::now() < deadline) {
        std::this_thread::sleep_for(kPause);
      }
      if (lock->is_held(Part::kGuard)) {
        gpus_[uuid] = std::move(lock);
        answer = '+';
      }
    } catch (const std::exception& error) {
      report(error.what());
    }
    send(socket_, &answer, 1, MSG_NOSIGNAL);
  }

  void open_driver() { machine_.emplace(MachineOptions{}); }

  [[nodiscard]] std::optional<VisibleGpu> find(const std::string& uuid) const {
    const auto& all = machine_->all_gpus();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i]->info().uuid == uuid) return VisibleGpu{static_cast<int>(i), all[i]};
    }
    return std::nullopt;
  }

  // Each GPU by itself: one that hangs keeps no other waiting.
  void put_back_what_is_let_go() {
    // At first ahead of the job's end: a driver may take a second to start.
    if (!gpus_.empty() && needs_driver_.exchange(false)) open_driver();
    std::vector<std::string> done;
    std::mutex mutex;
    {
      std::vector<std::jthread> threads;
      for (const auto& [uuid, lock] : gpus_) {
        if (lock->other_holder(Part::kJob) || !lock->try_lock(Part::kJob)) continue;
        threads.emplace_back([this, &done, &mutex, &uuid, &lock] {
          const bool is_finished = put_back_one(uuid);
          lock->unlock(Part::kJob);
          const std::lock_guard guard(mutex);
          if (is_finished) done.push_back(uuid);
        });
      }
    }
    for (const std::string& uuid : done) gpus_.erase(uuid);
  }

  bool put_back_one(const std::string& uuid) {
    try {
      std::vector<std::string> troubles;
      const std::optional<JournalEntry> entry = journal_.read(uuid, troubles);
      for (const std::string& trouble : troubles) report(trouble);
      if (!entry || entry->job.pid != job_) {  // the job has done it by itself
        journal_.remove_leftovers(uuid);
        return true;
      }
      const std::optional<VisibleGpu> gpu = find(uuid);
      if (!gpu) {
        needs_driver_ = true;  // it may have come back
        return false;
      }
      const std::optional<Recovery> recovery = put_back(journal_, *gpu, troubles);
      if (!recovery) return true;
      const bool is_done = recovery->outcome != Recovery::Outcome::kNotRestored;
      if (!recovery->trouble.empty() && is_done) report(recovery->trouble);
      return is_done;
    } catch (const std::exception& error) {
      report(error.what());
      return false;
    }
  }

  const SettingJournal journal_;
  const int job_;
  const int socket_;
  const int process_;  // readable once the job is gone
  bool is_at_end_ = false;
  std::string words_;
  std::map<std::string, std::shared_ptr<GpuLock>> gpus_;  // by UUID
  std::optional<Machine> machine_;
  std::atomic<bool> needs_driver_{true};
};

}  // namespace

void watch_over(const std::filesystem::path& folder, int job, int socket) {
  Watch(folder, job, socket).run();
}

}  // namespace zeus::apps
