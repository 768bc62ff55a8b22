// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The ranks of an MPI job agree, through single messages on a communicator of their own. In the
// library zeus_mpi (CMake: zeus::mpi), which is built with ZEUS_WITH_MPI.
//
//     MPI_Init(&argc, &argv);
//     auto ranks = zeus::MpiCommunicator::join(MPI_COMM_WORLD);
//     zeus::Machine machine;
//     zeus::ZeusMonitor monitor(machine.gpus({ranks->local_rank()}));
//     zeus::GlobalPowerLimitOptimizerOptions options;
//     options.communicator = ranks;
//     zeus::GlobalPowerLimitOptimizer optimizer(monitor, options);
//
// One optimizer takes one. It calls MPI in the thread that calls the optimizer: where MPI was
// initialized for less than MPI_THREAD_SERIALIZED that must be MPI's main thread, and below
// MPI_THREAD_MULTIPLE no other may be in MPI meanwhile. It may outlive MPI_Finalize, and nothing of
// it keeps MPI_Finalize waiting. Its MPI communicator is freed by MPI_Finalize.
#pragma once

#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "zeus/communicator/communicator.h"

namespace zeus {

class MpiCommunicator final : public Communicator {
 public:
  // Collective over the ranks of `ranks`, an intracommunicator, which is only needed for the call:
  // between those that join there must be no receive with MPI_ANY_TAG on it meanwhile. Throws
  // ZeusCommunicatorError, the same on all ranks, when a rank has not called within `timeout`
  // (afterwards all may try again), and where MPI is not initialized or not for this thread;
  // ZeusValueError for what is no intracommunicator.
  [[nodiscard]] static std::shared_ptr<MpiCommunicator> join(MPI_Comm ranks = MPI_COMM_WORLD,
                                                             Seconds timeout = Seconds(60));

  ~MpiCommunicator() override;

  [[nodiscard]] int rank() const override;
  [[nodiscard]] int world_size() const override;

  // How many lower ranks run on this machine: the index of this rank's GPU where each rank sees all
  // of its machine's GPUs and has one to itself.
  [[nodiscard]] int local_rank() const;

  std::vector<std::string> gather(const std::string& mine, Seconds timeout) override;

  // Sends the message to each other rank, which receives it when it polls. Keep it to 2 KiB: MPI
  // takes small messages off the sender's hands at once, and MPI_Finalize may wait for larger ones.
  std::unique_ptr<PendingMessages> exchange(std::string mine) override;

 private:
  class Ranks;

  MpiCommunicator(std::shared_ptr<Ranks> ranks, int local_rank);

  std::shared_ptr<Ranks> ranks_;  // pending exchanges keep them too
  int local_rank_ = 0;
};

}  // namespace zeus
