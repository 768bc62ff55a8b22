// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What Leases finds in the journal: leases of an earlier daemon, and what jobs have left that wrote
// to the driver by themselves.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

#include "zeus/daemon/server/leases.h"
#include "zeus/guard/recovery.h"

namespace zeus::daemon {

void Leases::adopt(std::size_t gpu, const JournalEntry& entry, const LeaseTerms& terms) {
  LeasedGpu& leased = *places_[gpu].gpu;
  const LeasedGpu::Turn turn = leased.turn();
  if (!leased.adopt(entry)) return;
  Lease lease{.holder = entry.lease->holder,
              .user = static_cast<unsigned>(entry.lease->user),
              .is_asked_for = entry.lease->is_asked_for,
              .is_cut_off = entry.lease->until_disconnect,
              .since = now()};
  // Its holder could not say that it lives while no daemon ran.
  if (lease.is_asked_for) lease.heartbeat_due = lease.since + terms.heartbeat;
  if (entry.lease->end_ms != 0) {
    lease.end = Instant(static_cast<std::int64_t>(entry.lease->end_ms));
  }
  std::string why_ended;
  {
    const std::lock_guard lock(mutex_);
    table_.adopt(gpu, lease);
    try {
      if (!watch(lease.holder)) why_ended = "its process ended while no daemon ran";
    } catch (const std::exception& error) {
      why_ended = error.what();
    }
    if (!why_ended.empty()) {
      hand_to_restorers(table_.release({lease.holder, lease.user}, {gpu}), why_ended);
    }
  }
  // The lease is kept without that, too: what was read is what is on the disk.
  const std::string trouble = leased.sign_journal();
  audit_.record({.what = "lease/continue",
                 .pid = lease.holder.pid,
                 .user = lease.user,
                 .gpu = leased.gpu().info().uuid,
                 .result = lease.is_asked_for && why_ended.empty()
                               ? fmt::format("a heartbeat is due in {} ms", terms.heartbeat.count())
                               : "",
                 .why = why_ended.empty() ? trouble : why_ended});
}

void Leases::adopt_or_recover(const LeaseTerms& terms) {
  for (std::size_t gpu = 0; gpu < places_.size(); ++gpu) {
    LeasedGpu& leased = *places_[gpu].gpu;
    if (!leased.gpu().info().is_found_by_uuid) continue;
    try {
      std::vector<std::string> troubles;
      tidy(journal_, leased.gpu().info().uuid);
      const auto entry = journal_.read(leased.gpu().info().uuid, troubles);
      for (const std::string& trouble : troubles)
        audit_.record({.what = "journal", .why = trouble});
      if (!entry || entry->is_simulated != leased.gpu().info().is_simulated) continue;
      if (entry->lease) {
        adopt(gpu, *entry, terms);
      } else {
        const std::lock_guard lock(mutex_);
        places_[gpu].has_earlier_job = true;
        places_[gpu].ended.notify_all();
      }
    } catch (const std::exception& error) {
      audit_.record(
          {.what = "lease/continue", .gpu = leased.gpu().info().uuid, .why = error.what()});
    }
  }
  watch_->look_again();
}

std::vector<std::string> Leases::finish_earlier_job(std::size_t gpu) {
  std::vector<std::string> lines;
  LeasedGpu& leased = *places_[gpu].gpu;
  if (!leased.gpu().info().is_found_by_uuid) return lines;
  try {
    const LeasedGpu::Turn turn = leased.turn(kPatience);
    if (!leased.is_begun() && journal_.read(leased.gpu().info().uuid, lines)) {
      leased.begin({});  // puts back what is there
      leased.keep();
    }
  } catch (const std::exception& error) {
    lines.emplace_back(error.what());
  }
  return lines;
}

std::vector<std::string> Leases::recover() {
  std::vector<std::string> lines;
  for (std::size_t gpu = 0; gpu < places_.size(); ++gpu) {
    std::ranges::move(finish_earlier_job(gpu), std::back_inserter(lines));
  }
  return lines;
}

}  // namespace zeus::daemon
