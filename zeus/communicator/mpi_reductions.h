// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// All-reduces that can stay unfinished for ever: each rank sends its part to each other and adds up
// by itself what has come. No rank depends on another one's being awake, nothing is pending that
// MPI_Finalize would wait for, and the sums are the same on all ranks to the last bit. Messages
// between two ranks keep their order, so the n-th from each belongs to the n-th all-reduce.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/communicator/mpi_outbox.h"

namespace zeus {

class MpiReductions {
 public:
  // One all-reduce: every rank's part, as far as it has come.
  class Parts {
   public:
    explicit Parts(std::size_t ranks) : parts_(ranks), missing_(ranks) {}

    void add(std::size_t rank, RankTotals part);
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }
    // Once it is complete.
    [[nodiscard]] std::optional<RankTotals> totals() const;

   private:
    std::vector<RankTotals> parts_;
    std::size_t missing_;
  };

  // Throws ZeusCommunicatorError. `tag` on `ranks` is only used here.
  MpiReductions(MPI_Comm ranks, int tag);

  // Starts the next one. Throws ZeusCommunicatorError.
  std::shared_ptr<const Parts> start(RankTotals mine);

  // Takes what has come. Throws ZeusCommunicatorError.
  void receive();

 private:
  std::shared_ptr<Parts> add(std::size_t rank, RankTotals part);

  MPI_Comm ranks_;
  int tag_;
  int rank_ = 0;
  std::vector<std::size_t> counts_;  // parts that have come from each rank
  // From the `finished_`-th on; those before have all their parts.
  std::deque<std::shared_ptr<Parts>> unfinished_;
  std::size_t finished_ = 0;
  MpiOutbox outbox_;
};

}  // namespace zeus
