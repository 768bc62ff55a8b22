// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/commands/restore/restore.h"
#include "apps/terminal/number_format.h"

namespace zeus::apps {
namespace {

std::string line(const RestoredGpu& gpu) {
  const JournalEntry& entry = gpu.recovery.entry;
  const std::string prior = format_limit(entry.ledger.prior().power_limit);
  if (!gpu.index) {
    return fmt::format(
        "The driver has no {}, whose power limit was {} before process {}; its entry is kept.",
        entry.uuid, prior, entry.job.pid);
  }
  if (!gpu.recovery.trouble.empty()) return gpu.recovery.trouble + ".";
  switch (gpu.recovery.outcome) {
    case Recovery::Outcome::kRestored:
      return fmt::format("The power limit of GPU {} is back at {}, where it was before process {}.",
                         *gpu.index, prior, entry.job.pid);
    case Recovery::Outcome::kWasThere:
      return fmt::format("The power limit of GPU {} is {} already, as before process {}.",
                         *gpu.index, prior, entry.job.pid);
    case Recovery::Outcome::kInUse:
      return fmt::format("GPU {} is being tuned by {}; {} comes back when that ends.", *gpu.index,
                         describe_holder(gpu.recovery.holder), prior);
    case Recovery::Outcome::kLeftAlone:
    case Recovery::Outcome::kNotRestored:
      break;  // these have a trouble
  }
  return {};
}

}  // namespace

std::string restore_text(const RestoreReport& report) {
  if (!report.daemon.empty()) {
    return report.troubles.empty() ? "zeusd has put back what jobs that are gone have left.\n" : "";
  }
  if (report.gpus.empty()) return "No job that is gone has left a power limit.\n";
  std::string text;
  for (const RestoredGpu& gpu : report.gpus) text += printable(line(gpu)) + "\n";
  return text;
}

}  // namespace zeus::apps
