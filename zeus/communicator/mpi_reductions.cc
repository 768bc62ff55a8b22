// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/mpi_reductions.h"

#include <algorithm>
#include <array>

#include "zeus/communicator/mpi_call.h"

namespace zeus {

void MpiReductions::Parts::add(std::size_t rank, RankTotals part) {
  parts_[rank] = part;
  --missing_;
}

std::optional<RankTotals> MpiReductions::Parts::totals() const {
  if (!is_complete()) return std::nullopt;
  RankTotals totals = parts_.front();
  for (std::size_t rank = 1; rank < parts_.size(); ++rank) {
    totals.energy += parts_[rank].energy;
    totals.time = std::max(totals.time, parts_[rank].time);
  }
  return totals;
}

MpiReductions::MpiReductions(MPI_Comm ranks, int tag) : ranks_(ranks), tag_(tag) {
  check_mpi(MPI_Comm_rank(ranks, &rank_), "MPI_Comm_rank");
  int size = 0;
  check_mpi(MPI_Comm_size(ranks, &size), "MPI_Comm_size");
  counts_.resize(static_cast<std::size_t>(size));
}

std::shared_ptr<const MpiReductions::Parts> MpiReductions::start(RankTotals mine) {
  static_cast<void>(outbox_.is_empty());
  const std::array<double, 2> part{mine.energy.value(), mine.time.value()};
  std::shared_ptr<const Parts> started = add(static_cast<std::size_t>(rank_), mine);
  for (int rank = 0; rank < static_cast<int>(counts_.size()); ++rank) {
    if (rank != rank_) outbox_.send(part.data(), sizeof(part), rank, tag_, ranks_);
  }
  return started;
}

void MpiReductions::receive() {
  while (true) {
    int has_come = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check_mpi(MPI_Improbe(MPI_ANY_SOURCE, tag_, ranks_, &has_come, &message, &status),
              "MPI_Improbe");
    if (has_come == 0) return;
    std::array<double, 2> part{};
    check_mpi(MPI_Mrecv(part.data(), sizeof(part), MPI_BYTE, &message, MPI_STATUS_IGNORE),
              "MPI_Mrecv");
    add(static_cast<std::size_t>(status.MPI_SOURCE),
        {.energy = Joules(part[0]), .time = Seconds(part[1])});
  }
}

std::shared_ptr<MpiReductions::Parts> MpiReductions::add(std::size_t rank, RankTotals part) {
  const std::size_t number = counts_[rank]++;
  while (finished_ + unfinished_.size() <= number) {
    unfinished_.push_back(std::make_shared<Parts>(counts_.size()));
  }
  std::shared_ptr<Parts> parts = unfinished_[number - finished_];
  parts->add(rank, part);
  while (!unfinished_.empty() && unfinished_.front()->is_complete()) {
    unfinished_.pop_front();
    ++finished_;
  }
  return parts;
}

}  // namespace zeus
