// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/lease_table.h"

#include <algorithm>

namespace zeus::daemon {
namespace {

bool is_over(const Lease& lease, Instant now) {
  return (lease.heartbeat_due && now >= *lease.heartbeat_due) || (lease.end && now >= *lease.end);
}

void tie(Lease& lease, std::uint64_t connection) {
  if (!lease.is_cut_off || connection == 0) return;
  lease.connection = connection;
  lease.is_cut_off = false;
}

// The stricter of what was wished for and what the operator allows.
std::optional<Instant> hard_end(const LeaseTable::Wish& wish, const LeaseTerms& terms,
                                Instant now) {
  std::optional<std::chrono::milliseconds> length = wish.length;
  if (terms.longest.count() > 0 && (!length || *length > terms.longest)) length = terms.longest;
  if (!length) return std::nullopt;
  return now + *length;
}

}  // namespace

std::vector<LeaseTable::Refusal> LeaseTable::acquire(const std::vector<std::size_t>& gpus,
                                                     const Wish& wish, const LeaseTerms& terms,
                                                     Instant now) {
  std::vector<Refusal> refusals;
  for (const std::size_t gpu : gpus) {
    const Place& place = places_[gpu];
    if (!place.lease) continue;
    // One that has run out and wasn't noticed yet is to be restored first.
    const bool is_ending = place.is_being_restored || is_over(*place.lease, now);
    if (!is_ending && place.lease->is_of(wish.who())) continue;
    refusals.push_back({.gpu = gpu, .lease = *place.lease, .is_being_restored = is_ending});
  }
  if (!refusals.empty()) return refusals;
  for (const std::size_t gpu : gpus) {
    std::optional<Lease>& lease = places_[gpu].lease;
    if (!lease) {
      lease = {.holder = wish.holder,
               .user = wish.user,
               .since = now,
               .end = hard_end(wish, terms, now)};
    }
    if (wish.is_asked_for) {
      lease->is_asked_for = true;
      lease->connection = wish.connection;
      lease->is_cut_off = false;
    }
    tie(*lease, wish.spoken_over);
    if (lease->is_asked_for) lease->heartbeat_due = now + terms.heartbeat;
  }
  return {};
}

void LeaseTable::unmake(std::size_t gpu, const Lease& earlier) {
  Place& place = places_[gpu];
  const bool is_same = place.lease && !place.is_being_restored &&
                       place.lease->holder == earlier.holder && place.lease->since == earlier.since;
  if (!is_same) return;
  place.lease->connection = earlier.connection;
  place.lease->is_cut_off = earlier.is_cut_off;
  place.lease->is_asked_for = earlier.is_asked_for;
  if (!earlier.is_asked_for) place.lease->heartbeat_due.reset();
}

void LeaseTable::adopt(std::size_t gpu, const Lease& lease) { places_[gpu] = {.lease = lease}; }

std::size_t LeaseTable::heartbeat(const Holder& holder, const LeaseTerms& terms, Instant now,
                                  std::uint64_t connection) {
  std::size_t count = 0;
  for (Place& place : places_) {
    if (!place.lease || place.is_being_restored || !place.lease->is_of(holder) ||
        is_over(*place.lease, now)) {
      continue;
    }
    ++count;
    tie(*place.lease, connection);
    if (place.lease->is_asked_for) place.lease->heartbeat_due = now + terms.heartbeat;
  }
  return count;
}

template <class IsEnded>
std::vector<std::size_t> LeaseTable::end_where(IsEnded is_ended) {
  std::vector<std::size_t> ended;
  for (std::size_t gpu = 0; gpu < places_.size(); ++gpu) {
    Place& place = places_[gpu];
    if (!place.lease || place.is_being_restored || !is_ended(gpu, *place.lease)) continue;
    place.is_being_restored = true;
    ended.push_back(gpu);
  }
  return ended;
}

std::vector<std::size_t> LeaseTable::release(const Holder& holder,
                                             const std::vector<std::size_t>& gpus) {
  return end_where([&](std::size_t gpu, const Lease& lease) {
    return lease.is_of(holder) && std::ranges::find(gpus, gpu) != gpus.end();
  });
}

std::vector<std::size_t> LeaseTable::end_process(const JobIdentity& holder) {
  return end_where([&](std::size_t, const Lease& lease) { return lease.holder == holder; });
}

std::vector<std::size_t> LeaseTable::end_connection(std::uint64_t connection) {
  return end_where([&](std::size_t, const Lease& lease) {
    return connection != 0 && lease.connection == connection;
  });
}

std::vector<std::size_t> LeaseTable::expire(Instant now) {
  return end_where([&](std::size_t, const Lease& lease) { return is_over(lease, now); });
}

std::vector<std::size_t> LeaseTable::end_all() {
  return end_where([](std::size_t, const Lease&) { return true; });
}

std::optional<Instant> LeaseTable::next_end() const {
  std::optional<Instant> next;
  const auto take = [&next](const std::optional<Instant>& instant) {
    if (instant && (!next || *instant < *next)) next = instant;
  };
  for (const Place& place : places_) {
    if (!place.lease || place.is_being_restored) continue;
    take(place.lease->heartbeat_due);
    take(place.lease->end);
  }
  return next;
}

bool LeaseTable::has_lease(const JobIdentity& process) const {
  return std::ranges::any_of(places_, [&process](const Place& place) {
    return place.lease && !place.is_being_restored && place.lease->holder == process;
  });
}

bool LeaseTable::holds(const Holder& holder, std::size_t gpu) const {
  const Place& place = places_[gpu];
  return place.lease && !place.is_being_restored && place.lease->is_of(holder);
}

}  // namespace zeus::daemon
