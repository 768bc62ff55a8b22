// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/mpi_outbox.h"

#include <iterator>
#include <limits>
#include <string>

#include "zeus/communicator/mpi_call.h"

namespace zeus {

MpiOutbox::~MpiOutbox() {
  int is_finalized = 0;
  if (MPI_Finalized(&is_finalized) != MPI_SUCCESS || is_finalized != 0) return;
  for (std::unique_ptr<Message>& message : messages_) {
    int is_sent = 0;
    const int code = MPI_Test(&message->request, &is_sent, MPI_STATUS_IGNORE);
    if (code == MPI_SUCCESS && is_sent != 0) continue;
    MPI_Request_free(&message->request);
    static_cast<void>(message.release());  // MPI reads its bytes yet
  }
}

void MpiOutbox::send(const void* bytes, std::size_t size, int to, int tag, MPI_Comm ranks) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw ZeusCommunicatorError("a message of " + std::to_string(size) +
                                " bytes is more than MPI sends in one");
  }
  const auto* first = static_cast<const std::byte*>(bytes);
  Message& message = *messages_.emplace_back(std::make_unique<Message>());
  message.bytes.assign(first, first + size);
  // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): the request stays with its message
  const int code = MPI_Isend(message.bytes.data(), static_cast<int>(size), MPI_BYTE, to, tag, ranks,
                             &message.request);
  if (code != MPI_SUCCESS) messages_.pop_back();
  check_mpi(code, "MPI_Isend");
}

bool MpiOutbox::is_empty() {
  for (auto message = messages_.begin(); message != messages_.end();) {
    int is_sent = 0;
    check_mpi(MPI_Test(&(*message)->request, &is_sent, MPI_STATUS_IGNORE), "MPI_Test");
    message = is_sent != 0 ? messages_.erase(message) : std::next(message);
  }
  return messages_.empty();
}

}  // namespace zeus
