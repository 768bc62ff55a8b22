// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The training loop of an MPI job with one rank a GPU: the ranks find one best power limit
// together. Without GPUs, on the simulated driver (here four V100):
//
//     echo '{"gpus": [{"model": "V100", "count": 4}]}' > machine.json
//     export LD_LIBRARY_PATH=$PWD/build/release/simulator ZEUS_SIMULATOR=$PWD/machine.json
//     mpirun -n 4 build/release/examples/cpp/train_mpi
#include <mpi.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <variant>

#include "examples/cpp/train_one_batch.h"
#include "zeus/communicator/mpi_communicator.h"
#include "zeus/log.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace {
// mpirun sends SIGTERM to all ranks when one of them is killed, and SIGKILL a second later. Whoever
// looks at this in time puts the limits back.
volatile std::sig_atomic_t interrupted = 0;

// Stands for the exchange of gradients. MPI_Allreduce would wait for a killed rank until SIGKILL.
void average_gradients() {
  static double gradients = 1.0;  // static: an exchange that is left goes on
  static MPI_Request request = MPI_REQUEST_NULL;
  // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): it doesn't know MPI_Test
  MPI_Iallreduce(MPI_IN_PLACE, &gradients, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, &request);
  for (int is_done = 0; is_done == 0 && !interrupted;) {
    MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
  }
}

void train() {
  const auto ranks = zeus::MpiCommunicator::join(MPI_COMM_WORLD);
  const zeus::Machine machine;
  // Each rank measures and sets its own GPU. Where the launcher shows each rank only its GPU
  // (CUDA_VISIBLE_DEVICES), that is GPU 0.
  const int gpu = machine.gpus().size() == 1 ? 0 : ranks->local_rank();
  zeus::ZeusMonitor monitor(machine.gpus({gpu}));
  zeus::GlobalPowerLimitOptimizerOptions options;
  options.communicator = ranks;
  options.profile_path = "power_limit_profile.json";  // rank 0 reads and writes it
  zeus::GlobalPowerLimitOptimizer optimizer(monitor, options);

  optimizer.on_train_begin();
  for (int epoch = 0; epoch < 5 && !interrupted; ++epoch) {
    optimizer.on_epoch_begin();
    for (int batch = 0; batch < 100 && !interrupted; ++batch) {
      optimizer.on_step_begin();
      train_one_batch(monitor.gpu_indices());
      average_gradients();
      optimizer.on_step_end();
    }
    optimizer.on_epoch_end();
  }
  if (const auto* done = std::get_if<zeus::Done>(&optimizer.state()); done && ranks->rank() == 0) {
    std::printf("best power limit: %g W\n", done->optimal_power_limit.value());
  }
  optimizer.on_train_end();
}
}  // namespace

int main(int argc, char** argv) try {
  MPI_Init(&argc, &argv);
  zeus::log_to_stderr(zeus::LogLevel::kWarning);
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  train();
  if (interrupted) MPI_Abort(MPI_COMM_WORLD, 1);  // with something pending, MPI_Finalize hangs
  MPI_Finalize();
} catch (const std::exception& error) {
  std::fprintf(stderr, "train_mpi: %s\n", error.what());
  MPI_Abort(MPI_COMM_WORLD, 1);
  return 1;
}
