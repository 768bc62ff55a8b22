// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/commands/lease/lease.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

std::string limit_or_dash(const std::optional<Watts>& limit) {
  return limit ? fmt::format("{:.7g}", limit->value()) : "-";
}

}  // namespace

std::string leases_text(const Leases& leases, bool colours) {
  if (leases.empty()) return "No process has a lease.\n";
  TextTable table({{"GPU"},
                   {"UUID", Align::kLeft},
                   {"process"},
                   {"user", Align::kLeft},
                   {"held s"},
                   {"limit/before W"},
                   {"ends", Align::kLeft}});
  for (const auto& lease : leases) {
    std::string ends =
        lease.ends_s ? fmt::format("in {:.0f} s", *lease.ends_s) : "with its process";
    if (lease.is_being_restored) ends = "now: its limit is being put back";
    table.add_row(
        {std::to_string(lease.gpu), printable(lease.uuid.substr(0, 12)),
         std::to_string(lease.process), printable(lease.user), fmt::format("{:.0f}", lease.held_s),
         limit_or_dash(lease.limit) + "/" + limit_or_dash(lease.prior_limit), ends},
        lease.is_being_restored ? Look::kWarning : Look::kPlain);
  }
  return table.text(colours);
}

}  // namespace zeus::apps
