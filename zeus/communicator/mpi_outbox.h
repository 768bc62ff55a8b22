// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages on their way to other ranks. MPI reads a message's bytes until its send is complete,
// which the receiver may put off for ever: then neither the sender may wait nor the bytes go.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <list>
#include <memory>
#include <vector>

namespace zeus {

class MpiOutbox {
 public:
  MpiOutbox() = default;
  MpiOutbox(const MpiOutbox&) = delete;
  MpiOutbox& operator=(const MpiOutbox&) = delete;
  // What is still under way is left to MPI, with its bytes. Those of a rank that is gone are lost.
  ~MpiOutbox();

  // Starts to send a copy of these bytes. Throws ZeusCommunicatorError.
  void send(const void* bytes, std::size_t size, int to, int tag, MPI_Comm ranks);

  // Forgets what has arrived; whether that is everything. Throws ZeusCommunicatorError.
  bool is_empty();

 private:
  struct Message {
    std::vector<std::byte> bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  std::list<std::unique_ptr<Message>> messages_;
};

}  // namespace zeus
