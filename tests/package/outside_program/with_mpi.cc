// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <mpi.h>

#include <cstdio>

#include "zeus/communicator/mpi_communicator.h"
#include "zeus/monitor/zeus_monitor.h"

// A job of one process, which needs no mpirun.
int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const auto ranks = zeus::MpiCommunicator::join();
  zeus::ZeusMonitor monitor({});
  monitor.begin_window("nothing");
  if (ranks->world_size() == 1) {
    std::printf("measured %.9f s\n", monitor.end_window("nothing").time.value());
  }
  MPI_Finalize();
}
