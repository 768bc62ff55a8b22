// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the ranks of one training job agree. The contract is two operations: a collective one at
// construction, with a time limit, and one asynchronous all-reduce a probed power limit, which
// never blocks: training goes on while it is under way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/units.h"

namespace zeus {

// What the ranks found at one power limit: energies add up over ranks, the slowest rank's time
// counts.
struct RankTotals {
  Joules energy;
  Seconds time;
};

// An all-reduce under way.
class PendingTotals {
 public:
  PendingTotals() = default;
  PendingTotals(const PendingTotals&) = delete;
  PendingTotals& operator=(const PendingTotals&) = delete;
  virtual ~PendingTotals() = default;

  // The job's totals once every rank has contributed; nothing before. Never blocks; cheap enough to
  // be asked at every step. Throws ZeusCommunicatorError when it can never complete.
  virtual std::optional<RankTotals> poll() = 0;
};

class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int world_size() const = 0;

  // Collective. Every rank gets every rank's text, in rank order. Throws ZeusCommunicatorError, the
  // same on all ranks that are alive, when a rank has not called within `timeout`; the message
  // names the rank.
  virtual std::vector<std::string> all_gather(const std::string& mine, Seconds timeout) = 0;

  // Starts an all-reduce (energy: sum, time: max) and returns at once. The n-th call of a rank
  // pairs with the n-th call of every other.
  virtual std::unique_ptr<PendingTotals> all_reduce(RankTotals mine) = 0;
};

}  // namespace zeus
