// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/job_guard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "zeus/error.h"
#include "zeus/guard/recovery.h"
#include "zeus/log.h"
#include "zeus/per_process.h"

namespace zeus {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kLogger = "zeus.guard";

// A guard puts a limit back within a second.
constexpr milliseconds kPatience{5000};
constexpr milliseconds kPause{10};
// Takes the GPU's lock; where somebody is putting the GPU back, once they have.
void take(GpuLock& lock, int index) {
  const auto deadline = steady_clock::now() + kPatience;
  for (int looks = 0; !lock.try_lock(GpuLock::Part::kJob); ++looks) {
    const std::optional<pid_t> holder = lock.holder_who_stays(looks);
    if (holder || steady_clock::now() >= deadline) {
      throw GpuNotFreeError(
          fmt::format("GPU {} is being tuned by another job, {}", index,
                      describe_holder(holder.value_or(
                          lock.other_holder(GpuLock::Part::kJob).value_or(::getpid())))),
          /*is_busy=*/true);
    }
    std::this_thread::sleep_for(kPause);
  }
}

// What there is to say of it; an empty text: nothing.
std::pair<LogLevel, std::string> line_of(const VisibleGpu& visible, const Recovery& recovery) {
  if (!recovery.trouble.empty()) return {LogLevel::kWarning, recovery.trouble};
  if (recovery.outcome != Recovery::Outcome::kRestored) return {LogLevel::kInfo, {}};
  return {
      LogLevel::kInfo,
      fmt::format("The power limit of GPU {} is back at {:g} W, where it was before process {}, "
                  "which was killed.",
                  visible.index, recovery.entry.ledger.prior().power_limit.value(),
                  recovery.entry.job.pid)};
}

void log_all(const std::vector<std::pair<LogLevel, std::string>>& lines) {
  for (const auto& [level, text] : lines) {
    if (!text.empty()) log(level, kLogger, text);
  }
}

// This process's, by folder and program.
struct JobGuards {
  std::mutex mutex;
  std::map<std::pair<std::filesystem::path, std::filesystem::path>, std::shared_ptr<JobGuard>> all;
};

}  // namespace

JobGuard::JobGuard(std::filesystem::path folder, std::filesystem::path program)
    : journal_(std::move(folder), current_boot()),
      program_(std::move(program)),
      job_(identify(::getpid()).value_or(JobIdentity{.pid = ::getpid()})) {}

// The mutex, held; what there is to log is logged once it is free: a log sink may call exit(),
// whose handlers want records of which another thread holds one and waits for this mutex.
class JobGuard::Turn {
 public:
  explicit Turn(JobGuard& guard) : guard_(guard), lock_(guard.mutex_) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    const auto lines = std::exchange(guard_.to_log_, {});
    lock_.unlock();
    log_all(lines);
  }

 private:
  JobGuard& guard_;
  std::unique_lock<std::mutex> lock_;
};

void JobGuard::warn_once(const std::string& why) {
  if (std::exchange(has_warned_, true)) return;
  to_log_.emplace_back(
      LogLevel::kWarning,
      fmt::format("If this job is killed, the power limit that it has set stays: {}.", why));
}

void JobGuard::recover(const VisibleGpu& visible) noexcept {
  if (fork_check_.forked() || journal_.folder().empty()) return;
  try {
    std::vector<std::string> troubles;
    const auto recovery = zeus::recover(journal_, visible, kPatience, troubles);
    for (const std::string& trouble : troubles) log(LogLevel::kWarning, kLogger, trouble);
    if (recovery && recovery->outcome != Recovery::Outcome::kInUse) {
      log_all({line_of(visible, *recovery)});
    }
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kLogger, error.what());
  }
}

void JobGuard::lock(const VisibleGpu& visible) {
  const std::string& uuid = visible.gpu->info().uuid;
  if (claimed_.contains(uuid)) return;
  if (journal_.folder().empty()) {
    throw ZeusFileError(
        "there is no folder for the journal of limits; set XDG_RUNTIME_DIR to one of yours");
  }
  journal_.open();
  std::shared_ptr<GpuLock> lock = GpuLock::open(journal_.lock_file(uuid));
  take(*lock, visible.index);
  claimed_[uuid] = {.lock = std::move(lock)};
  try {
    finish_earlier_job(visible);
  } catch (...) {
    unlock(uuid);
    throw;
  }
  journal_.remove_leftovers(uuid);
}

// recover() may have failed, or the earlier job and its guard may have died since.
void JobGuard::finish_earlier_job(const VisibleGpu& visible) {
  std::vector<std::string> troubles;
  const std::optional<Recovery> recovery = put_back(journal_, visible, troubles);
  for (const std::string& trouble : troubles) to_log_.emplace_back(LogLevel::kWarning, trouble);
  if (!recovery) return;
  if (recovery->outcome == Recovery::Outcome::kInUse) {
    throw GpuNotFreeError(fmt::format("GPU {} is being tuned by another job, {}, through zeusd",
                                      visible.index, describe_holder(recovery->holder)),
                          /*is_busy=*/true);
  }
  if (recovery->outcome == Recovery::Outcome::kNotRestored) {
    throw ZeusBaseGPUError(
        fmt::format("GPU {} still has the power limit that a job set which was killed, process {}: "
                    "{}; or try again with: zeus restore",
                    visible.index, recovery->entry.job.pid, recovery->trouble));
  }
  to_log_.push_back(line_of(visible, *recovery));
}

void JobGuard::unlock(const std::string& uuid) noexcept {
  const auto found = claimed_.find(uuid);
  if (found == claimed_.end()) return;
  if (process_) process_->leave(uuid);
  found->second.lock->unlock(GpuLock::Part::kJob);
  claimed_.erase(found);
  if (claimed_.empty()) process_.reset();
}

void JobGuard::start_watching(const std::vector<std::string>& uuids) {
  if (::getpid() == 1) {
    throw ZeusFileError(
        "it is the first process of its container, with which the guard ends as well; mount the "
        "host's /run/zeus, and run 'zeus restore' there");
  }
  if (program_.empty()) {
    throw ZeusFileError(
        "the program zeus-guard is not found beside the zeus library; install it, or name it in "
        "ZEUS_GUARD");
  }
  std::string refusal;
  try {
    if (process_) refusal = process_->watch(uuids);
  } catch (const ZeusFileError&) {  // killed meanwhile: another one
    process_.reset();
  }
  if (!process_) {
    auto process = std::make_unique<GuardProcess>(program_, journal_.folder());
    std::vector<std::string> all;
    all.reserve(claimed_.size());
    for (const auto& [claimed, gpu] : claimed_) all.push_back(claimed);
    refusal = process->watch(all);
    process_ = std::move(process);
  }
  if (!refusal.empty()) throw ZeusFileError("the guard can't watch over this GPU: " + refusal);
}

void JobGuard::claim(const VisibleGpu& visible) {
  if (fork_check_.forked()) return;
  const Turn turn(*this);
  try {
    lock(visible);
  } catch (const ZeusFileError&) {  // NOLINT(bugprone-empty-catch)
    // arm() says why.
  }
}

void JobGuard::arm(const std::vector<VisibleGpu>& gpus, bool is_required) {
  if (fork_check_.forked() || gpus.empty()) return;
  const Turn turn(*this);
  std::vector<std::string> uuids;
  uuids.reserve(gpus.size());
  for (const VisibleGpu& visible : gpus) uuids.push_back(visible.gpu->info().uuid);
  try {
    for (const VisibleGpu& visible : gpus) lock(visible);
    start_watching(uuids);
    for (const std::string& uuid : uuids) claimed_[uuid].must_be_guarded = is_required;
  } catch (const ZeusFileError& error) {
    if (!is_required) {
      warn_once(error.what());
      return;
    }
    for (const std::string& uuid : uuids) unlock(uuid);
    throw ZeusBaseGPUError(
        fmt::format("GPU {} can't be guarded: {}", gpus.front().index, error.what()));
  }
}

std::optional<pid_t> JobGuard::other_holder(const VisibleGpu& visible) const noexcept {
  if (fork_check_.forked() || journal_.folder().empty()) return std::nullopt;
  try {
    const auto lock = GpuLock::open(journal_.lock_file(visible.gpu->info().uuid));
    return lock->other_holder(GpuLock::Part::kJob);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void JobGuard::write(const GpuInfo& gpu, const SettingLedger& ledger, ClaimedGpu& claimed) const {
  if (ledger.written()) {
    journal_.write({.boot = journal_.boot(),
                    .uuid = gpu.uuid,
                    .is_simulated = gpu.is_simulated,
                    .job = job_,
                    .ledger = ledger});
  } else {
    journal_.remove(gpu.uuid);
  }
  claimed.has_entry = ledger.written().has_value();
}

JobGuard::ClaimedGpu* JobGuard::find_claimed(const GpuInfo& gpu) {
  const auto found = claimed_.find(gpu.uuid);
  return found != claimed_.end() ? &found->second : nullptr;
}

void JobGuard::note_before_write(const GpuInfo& gpu, const SettingLedger& ledger) {
  if (fork_check_.forked()) return;
  const Turn turn(*this);
  ClaimedGpu* const claimed = find_claimed(gpu);
  try {
    if (claimed != nullptr) write(gpu, ledger, *claimed);
  } catch (const ZeusFileError& error) {
    // With an entry that isn't true any more the job's limit would pass for another program's.
    if (claimed->must_be_guarded || claimed->has_entry) throw;
    warn_once(error.what());
  }
}

void JobGuard::note(const GpuInfo& gpu, const SettingLedger& ledger) noexcept {
  if (fork_check_.forked()) return;
  const Turn turn(*this);
  try {
    if (ClaimedGpu* const claimed = find_claimed(gpu)) write(gpu, ledger, *claimed);
  } catch (const std::exception& error) {
    warn_once(error.what());
  }
}

void JobGuard::release(const VisibleGpu& visible) noexcept {
  if (fork_check_.forked()) return;
  const Turn turn(*this);
  unlock(visible.gpu->info().uuid);
}

void use_job_guard(const std::filesystem::path& folder, const std::filesystem::path& program) {
  auto& guards = per_process<JobGuards>();
  const std::lock_guard lock(guards.mutex);
  std::shared_ptr<JobGuard>& guard = guards.all[{folder, program}];
  if (!guard) guard = std::make_shared<JobGuard>(folder, program);
  set_setting_guard(guard);
}

}  // namespace zeus
