// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Exchanges that may stay unfinished for ever: each rank sends its message to each other one, and
// keeps what has come. No rank depends on another one's being awake, and nothing is pending that
// MPI_Finalize would wait for. Messages between two ranks keep their order, so the n-th from each
// belongs to the n-th exchange.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/communicator/mpi_outbox.h"

namespace zeus {

class MpiExchanges {
 public:
  // One exchange: every rank's message, as far as it has come.
  class Messages {
   public:
    explicit Messages(std::size_t ranks) : messages_(ranks), missing_(ranks) {}

    void add(std::size_t rank, std::string message);
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }
    // In rank order, once it is complete.
    [[nodiscard]] std::optional<std::vector<std::string>> all() const;
    [[nodiscard]] const std::optional<std::string>& of(std::size_t rank) const {
      return messages_.at(rank);
    }

   private:
    std::vector<std::optional<std::string>> messages_;
    std::size_t missing_;
  };

  // Throws ZeusCommunicatorError. `tag` on `ranks` is only used here.
  MpiExchanges(MPI_Comm ranks, int tag);

  // Starts the next one. Throws ZeusCommunicatorError.
  std::shared_ptr<const Messages> start(std::string mine);

  // Takes what has come. Throws ZeusCommunicatorError.
  void receive();

 private:
  std::shared_ptr<Messages> add(std::size_t rank, std::string message);

  MPI_Comm ranks_;
  int tag_;
  int rank_ = 0;
  std::vector<std::size_t> counts_;  // messages that have come from each rank
  // From the `finished_`-th on; those before have all their messages.
  std::deque<std::shared_ptr<Messages>> unfinished_;
  std::size_t finished_ = 0;
  MpiOutbox outbox_;
};

}  // namespace zeus
