// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What jobs that are gone have left, by the guard's journal.
#include <fmt/format.h>
#include <unistd.h>

#include "apps/commands/env/env.h"
#include "apps/terminal/number_format.h"
#include "zeus/error.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

namespace zeus::apps {

void find_left_limits(const Machine& machine, EnvReport& report) {
  if (machine.journal_folder().empty()) return;
  const SettingJournal journal(machine.journal_folder(), current_boot());
  std::vector<std::string> troubles;
  try {
    for (const JournalEntry& entry : journal.read_all(troubles)) {
      const auto lock = GpuLock::open(journal.lock_file(entry.uuid));
      if (lock->other_holder(GpuLock::Part::kJob) || lock->other_holder(GpuLock::Part::kGuard)) {
        continue;  // a job that runs, or a guard at work
      }
      for (const EnvGpu& gpu : report.gpus) {
        if (gpu.info.uuid != entry.uuid) continue;
        report.findings.push_back(
            {fmt::format("GPU {} may still have the power limit of process {}, which was killed "
                         "together with its guard; before it the limit was {}.",
                         gpu.driver_index, entry.job.pid,
                         format_limit(entry.ledger.prior().power_limit)),
             geteuid() == 0 ? "zeus restore" : "sudo zeus restore"});
      }
    }
  } catch (const ZeusFileError&) {
    return;  // another user's: nothing that this one could do
  }
  for (const std::string& trouble : troubles) report.findings.push_back({trouble, ""});
}

}  // namespace zeus::apps
