// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/mpi_exchanges.h"

#include <utility>

#include "zeus/communicator/mpi_call.h"

namespace zeus {

void MpiExchanges::Messages::add(std::size_t rank, std::string message) {
  messages_[rank] = std::move(message);
  --missing_;
}

std::optional<std::vector<std::string>> MpiExchanges::Messages::all() const {
  if (!is_complete()) return std::nullopt;
  std::vector<std::string> all;
  all.reserve(messages_.size());
  for (const std::optional<std::string>& message : messages_) all.push_back(message.value());
  return all;
}

MpiExchanges::MpiExchanges(MPI_Comm ranks, int tag) : ranks_(ranks), tag_(tag) {
  check_mpi(MPI_Comm_rank(ranks, &rank_), "MPI_Comm_rank");
  int size = 0;
  check_mpi(MPI_Comm_size(ranks, &size), "MPI_Comm_size");
  counts_.resize(static_cast<std::size_t>(size));
}

std::shared_ptr<const MpiExchanges::Messages> MpiExchanges::start(std::string mine) {
  static_cast<void>(outbox_.is_empty());
  for (int rank = 0; rank < static_cast<int>(counts_.size()); ++rank) {
    if (rank != rank_) outbox_.send(mine.data(), mine.size(), rank, tag_, ranks_);
  }
  return add(static_cast<std::size_t>(rank_), std::move(mine));
}

void MpiExchanges::receive() {
  while (true) {
    int has_come = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check_mpi(MPI_Improbe(MPI_ANY_SOURCE, tag_, ranks_, &has_come, &message, &status),
              "MPI_Improbe");
    if (has_come == 0) return;
    int size = 0;
    check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    check_mpi(MPI_Mrecv(bytes.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
    add(static_cast<std::size_t>(status.MPI_SOURCE), std::move(bytes));
  }
}

std::shared_ptr<MpiExchanges::Messages> MpiExchanges::add(std::size_t rank, std::string message) {
  const std::size_t number = counts_[rank]++;
  while (finished_ + unfinished_.size() <= number) {
    unfinished_.push_back(std::make_shared<Messages>(counts_.size()));
  }
  std::shared_ptr<Messages> messages = unfinished_[number - finished_];
  messages->add(rank, std::move(message));
  while (!unfinished_.empty() && unfinished_.front()->is_complete()) {
    unfinished_.pop_front();
    ++finished_;
  }
  return messages;
}

}  // namespace zeus
