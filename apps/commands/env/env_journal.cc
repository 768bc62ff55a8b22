// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What jobs that are gone have left, by the guard's journal.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/commands/env/env.h"
#include "apps/terminal/number_format.h"
#include "zeus/error.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

namespace zeus::apps {

namespace {

// Root looks into root's journal unless ZEUS_JOURNAL_DIR names another.
std::string restore_command(const std::filesystem::path& folder) {
  struct stat status {};
  const bool is_own = ::stat(folder.c_str(), &status) == 0 && status.st_uid == ::geteuid();
  if (is_own) return "zeus restore";
  if (std::getenv("ZEUS_JOURNAL_DIR") == nullptr) return "sudo zeus restore";
  return fmt::format("sudo ZEUS_JOURNAL_DIR='{}' zeus restore", folder.string());
}

}  // namespace

void find_left_limits(const Machine& machine, EnvReport& report) {
  if (machine.journal_folder().empty()) return;
  const SettingJournal journal(machine.journal_folder(), current_boot());
  std::vector<std::string> troubles;
  try {
    for (const JournalEntry& entry : journal.read_all(troubles)) {
      const auto gpu = std::ranges::find_if(
          report.gpus, [&entry](const EnvGpu& each) { return each.info.uuid == entry.uuid; });
      if (gpu == report.gpus.end()) continue;
      gpu->is_journaled = true;
      const auto lock = GpuLock::open(journal.lock_file(entry.uuid));
      if (is_leased(entry) || lock->other_holder(GpuLock::Part::kJob) ||
          lock->other_holder(GpuLock::Part::kGuard)) {
        continue;  // a job that runs, or a guard at work
      }
      report.findings.push_back(
          {fmt::format("GPU {} may still have the power limit of process {}, which was killed "
                       "together with its guard; before it the limit was {}.",
                       gpu->driver_index, entry.job.pid,
                       format_limit(entry.ledger.prior().power_limit)),
           restore_command(machine.journal_folder())});
    }
  } catch (const ZeusFileError&) {
    return;  // another user's: nothing that this one could do
  }
  for (const std::string& trouble : troubles) report.findings.push_back({trouble, ""});
}

}  // namespace zeus::apps
