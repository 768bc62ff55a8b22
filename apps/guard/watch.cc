// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/guard/watch.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "apps/guard/driver.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_journal.h"

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
constexpr milliseconds kShortPause{1};  // a job waits

void report(const std::string& line) {
  openlog("zeus-guard", LOG_PID, LOG_DAEMON);
  syslog(LOG_WARNING, "%s", line.c_str());
}

// Whether the process has CAP_SYS_ADMIN in force, by what /proc shows.
bool may_administer(int process) {
  constexpr int kSysAdmin = 21;  // linux/capability.h
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view kEffective = "CapEff:";
    if (!line.starts_with(kEffective)) continue;
    std::uint64_t bits = 0;
    std::istringstream(line.substr(kEffective.size())) >> std::hex >> bits;
    return ((bits >> kSysAdmin) & 1U) != 0;
  }
  return false;
}

struct WatchedGpu {
  std::shared_ptr<GpuLock> lock;
  std::atomic<bool> is_at_work{false};  // the thread is
  std::atomic<bool> is_done{false};     // the user's limit is back, or the job has left the GPU
  std::jthread work;
};

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
    const std::lock_guard guard(troubles_mutex_);
    for (const auto& [uuid, gpu] : gpus_) {
      if (gpu->is_done) continue;
      if (gpu->is_at_work) troubles_[uuid] = "the driver does not answer";
      const auto why = troubles_.find(uuid);
      report("The power limit of GPU " + uuid + ", which process " + std::to_string(job_) +
             " has set, could not be put back" +
             (why != troubles_.end() ? " (" + why->second + ")" : "") + "; run: zeus restore");
    }
  }

  // Whether a thread waits for the driver, and can't be waited for.
  [[nodiscard]] bool hangs() const {
    return driver_.is_opening() || std::ranges::any_of(gpus_, [](const auto& gpu) {
             return gpu.second->is_at_work.load();
           });
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
        const auto left = gpus_.find(word.substr(1));
        if (left != gpus_.end()) left->second->is_done = true;
        has_left = true;
      }
    }
    return !has_left ||
           !std::ranges::all_of(gpus_, [](const auto& gpu) { return gpu.second->is_done.load(); });
  }

  void add(const std::string& uuid) {
    std::string answer = "+";
    try {
      require_to_be_able(uuid);
      std::shared_ptr<GpuLock> lock = GpuLock::open(journal_.lock_file(uuid));
      // The guard of an earlier job may be about to end.
      const auto deadline = steady_clock::now() + kPatience / 2;
      while (!lock->is_held(Part::kGuard) && !lock->try_lock(Part::kGuard) &&
             steady_clock::now() < deadline) {
        std::this_thread::sleep_for(kShortPause);
      }
      if (lock->is_held(Part::kGuard)) {
        std::unique_ptr<WatchedGpu>& gpu = gpus_[uuid];
        if (!gpu) gpu = std::make_unique<WatchedGpu>();
        gpu->lock = std::move(lock);
        gpu->is_done = false;
      } else {
        answer = "-the guard of an earlier job is still at work on this GPU";
      }
    } catch (const std::exception& error) {
      answer = std::string("-") + error.what();
    }
    std::ranges::replace(answer, '\n', ' ');
    answer += '\n';
    send(socket_, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  // The job may have found its driver in a way that this process doesn't share, or have rights that
  // a program loses when it starts another. Better known now than when the job is gone.
  void require_to_be_able(const std::string& uuid) {
    std::string problem;
    if (!driver_.find(uuid, problem)) {
      throw std::runtime_error("it does not find this GPU" +
                               (problem.empty() ? "" : ": " + problem));
    }
    if (may_administer(job_) && !may_administer(getpid())) {
      throw std::runtime_error(
          "it lacks the SYS_ADMIN capability, which the job has from its program's file; give it "
          "to "
          "zeus-guard, too");
    }
  }

  // Each GPU by itself, in a thread of its own: one that hangs keeps no other waiting.
  void put_back_what_is_let_go() {
    std::erase_if(gpus_, [](const auto& gpu) {
      return gpu.second->is_done.load() && !gpu.second->is_at_work.load();
    });
    for (auto& [uuid, gpu] : gpus_) {
      if (gpu->is_at_work || gpu->is_done || gpu->lock->other_holder(Part::kJob) ||
          !gpu->lock->try_lock_to_restore()) {
        continue;
      }
      gpu->is_at_work = true;
      gpu->work = std::jthread([this, uuid = uuid, gpu = gpu.get()] {
        const bool is_done = put_back_one(uuid);
        gpu->lock->unlock_restored();
        if (is_done) gpu->is_done = true;
        gpu->is_at_work = false;
      });
    }
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
      std::string problem;
      const std::optional<VisibleGpu> gpu = driver_.find(uuid, problem);
      if (!gpu) return false;  // it may come back
      const std::optional<Recovery> recovery = put_back(journal_, *gpu, troubles);
      if (!recovery) return true;
      const bool is_done = recovery->outcome != Recovery::Outcome::kNotRestored;
      if (!recovery->trouble.empty() && is_done) report(recovery->trouble);
      if (!is_done) note_trouble(uuid, recovery->trouble);
      return is_done;
    } catch (const std::exception& error) {
      note_trouble(uuid, error.what());
      return false;
    }
  }

  // Reported at the end where it was the last one.
  void note_trouble(const std::string& uuid, const std::string& trouble) {
    const std::lock_guard guard(troubles_mutex_);
    troubles_[uuid] = trouble;
  }

  const SettingJournal journal_;
  const int job_;
  const int socket_;
  const int process_;  // readable once the job is gone
  bool is_at_end_ = false;
  std::string words_;
  std::mutex troubles_mutex_;
  std::map<std::string, std::string> troubles_;  // by UUID
  Driver driver_;
  std::map<std::string, std::unique_ptr<WatchedGpu>> gpus_;  // by UUID
};

}  // namespace

void watch_over(const std::filesystem::path& folder, int job, int socket) {
  Watch watch(folder, job, socket);
  watch.run();
  // What hangs keeps its entry for the next start.
  if (watch.hangs()) _exit(1);
}

}  // namespace zeus::apps
