// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/json_parts.h"
#include "apps/commands/restore/restore.h"

namespace zeus::apps {
namespace {

const char* name_of(const RestoredGpu& gpu) {
  if (!gpu.index) return "no such GPU";
  switch (gpu.recovery.outcome) {
    case Recovery::Outcome::kRestored:
      return "restored";
    case Recovery::Outcome::kWasThere:
      return "was there";
    case Recovery::Outcome::kLeftAlone:
      return "left alone";
    case Recovery::Outcome::kNotRestored:
      return "not restored";
    case Recovery::Outcome::kInUse:
      return "in use";
  }
  return "";
}

}  // namespace

std::string to_json(const RestoreReport& report) {
  Json gpus = Json::array();
  for (const RestoredGpu& gpu : report.gpus) {
    const JournalEntry& entry = gpu.recovery.entry;
    gpus.push_back({{"index", or_null(gpu.index)},
                    {"uuid", entry.uuid},
                    {"outcome", name_of(gpu)},
                    {"prior_power_limit_w", entry.ledger.prior().power_limit.value()},
                    {"pid", entry.job.pid},
                    {"problem", or_null(gpu.recovery.trouble)}});
  }
  return written({{"command", "restore"},
                  {"simulated", report.is_simulated},
                  {"folder", or_null(report.folder)},
                  {"daemon", or_null(report.daemon)},
                  {"gpus", std::move(gpus)},
                  {"problems", report.troubles}});
}

}  // namespace zeus::apps
