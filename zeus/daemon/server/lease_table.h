// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may write to which GPU: one process each, for as long as it lives, says that it does, or was
// promised. When a lease ends its GPU is to be put back, and nobody gets it before that is done.
// Pure: the time is handed in, processes are numbers, nothing is written. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zeus/daemon/server/policy.h"
#include "zeus/guard/journal_entry.h"

namespace zeus::daemon {

// Since the machine was started; of any process of it alike (CLOCK_MONOTONIC).
using Instant = std::chrono::milliseconds;

// Who asks: a process, and the user as whom it connected.
struct Holder {
  JobIdentity process;
  unsigned user = 0;

  bool operator==(const Holder&) const = default;
};

struct Lease {
  JobIdentity holder;
  unsigned user = 0;
  bool is_asked_for = false;     // else it came with the first write, and needs no heartbeat
  std::uint64_t connection = 0;  // ends with it; 0: with the process alone
  // It ended with a connection, which ended with an earlier daemon: it ends with the next one over
  // which its holder speaks. Until then its heartbeat bounds it.
  bool is_cut_off = false;
  Instant since{};
  std::optional<Instant> heartbeat_due{};
  std::optional<Instant> end{};  // the hard one

  bool operator==(const Lease&) const = default;
  [[nodiscard]] bool until_disconnect() const { return connection != 0 || is_cut_off; }
  [[nodiscard]] bool is_of(const Holder& who) const { return Holder{holder, user} == who; }
};

class LeaseTable {
 public:
  explicit LeaseTable(std::size_t gpus) : places_(gpus) {}

  // What a process wants. `length`: no longer than that.
  struct Wish {
    JobIdentity holder;
    unsigned user = 0;
    bool is_asked_for = false;
    std::uint64_t connection = 0;   // what was asked for ends with it
    std::uint64_t spoken_over = 0;  // the connection that this is said over
    std::optional<std::chrono::milliseconds> length{};

    [[nodiscard]] Holder who() const { return {holder, user}; }
  };

  // Why a GPU can't be had.
  struct Refusal {
    std::size_t gpu = 0;
    Lease lease;  // whose it is, or was
    bool is_being_restored = false;

    bool operator==(const Refusal&) const = default;
  };

  // All of these GPUs or none: where the answer is empty the holder has them. What it has already
  // stays as it is: the hard end isn't moved, a lease that was asked for stays one.
  std::vector<Refusal> acquire(const std::vector<std::size_t>& gpus, const Wish& wish,
                               const LeaseTerms& terms, Instant now);

  // A lease of an earlier daemon, as its journal has it. The GPU must be free.
  void adopt(std::size_t gpu, const Lease& lease);

  // A sign of life over that connection (0: over none). How many leases the holder has.
  std::size_t heartbeat(const Holder& holder, const LeaseTerms& terms, Instant now,
                        std::uint64_t connection = 0);

  // Each of these answers the GPUs whose leases it ended and which are to be restored.
  std::vector<std::size_t> release(const Holder& holder, const std::vector<std::size_t>& gpus);
  std::vector<std::size_t> end_process(const JobIdentity& holder);
  std::vector<std::size_t> end_connection(std::uint64_t connection);
  std::vector<std::size_t> expire(Instant now);
  std::vector<std::size_t> end_all();

  // Takes back what acquire() made of a lease that was there: `earlier`.
  void unmake(std::size_t gpu, const Lease& earlier);

  // The GPU, which was to be restored or is the holder's, is free.
  void set_free(std::size_t gpu) { places_[gpu] = {}; }

  // When expire() has something to do.
  [[nodiscard]] std::optional<Instant> next_end() const;

  [[nodiscard]] bool holds(const Holder& holder, std::size_t gpu) const;
  // Of a GPU that is held or to be restored.
  [[nodiscard]] const std::optional<Lease>& lease(std::size_t gpu) const {
    return places_[gpu].lease;
  }
  [[nodiscard]] bool is_being_restored(std::size_t gpu) const {
    return places_[gpu].is_being_restored;
  }
  // Whether there is anything that the end of the process would end.
  [[nodiscard]] bool has_lease(const JobIdentity& process) const;
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::optional<Lease> lease{};
    bool is_being_restored = false;
  };

  template <class IsEnded>
  std::vector<std::size_t> end_where(IsEnded is_ended);

  std::vector<Place> places_;
};

}  // namespace zeus::daemon
