// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What agreeing through MPI costs the training thread of rank 0: mpirun -n 16 mpi_benchmark.
// Meanwhile the other ranks sleep, so that ranks may be more than cores.
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "zeus/communicator/mpi_communicator.h"

namespace {

using zeus::Seconds;

// The median of 100 rounds, in nanoseconds a call.
template <class Work>
double cost(int calls, Work work) {
  std::vector<double> rounds(100);
  for (double& round : rounds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int call = 0; call < calls; ++call) work();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
    round = time.count() / calls;
  }
  std::ranges::nth_element(rounds, rounds.begin() + 50);
  return rounds[50];
}

// A barrier in which ranks sleep.
void meet() {
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  int is_done = 0;
  while (MPI_Test(&request, &is_done, MPI_STATUS_IGNORE) == MPI_SUCCESS && is_done == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void measure() {
  const auto ranks = zeus::MpiCommunicator::join();
  if (ranks->world_size() < 2) throw std::runtime_error("run it as mpirun -n 4 mpi_benchmark");
  const bool is_first = ranks->rank() == 0;
  const std::string result(64, 'x');

  double poll = 0;
  double start = 0;
  std::vector<std::unique_ptr<zeus::PendingMessages>> pending;
  pending.reserve(1001);
  if (is_first) {
    pending.push_back(ranks->exchange(result));
    poll = cost(1000, [&] { static_cast<void>(pending.front()->poll()); });
    start = cost(10, [&] { pending.push_back(ranks->exchange(result)); });
  }
  meet();
  while (pending.size() < 1001) pending.push_back(ranks->exchange(result));
  meet();
  while (!pending.back()->poll()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  meet();
  const double gather =
      cost(1, [&] { static_cast<void>(ranks->gather(std::string(1000, ' '), Seconds(60))); });
  if (!is_first) return;
  std::printf(
      "%d ranks: a look for results %.2f us, handing in a result %.1f us, "
      "a gather of 1 kB %.2f ms\n",
      ranks->world_size(), poll / 1e3, start / 1e3, gather / 1e6);
}

}  // namespace

int main(int argc, char** argv) try {
  MPI_Init(&argc, &argv);
  measure();
  MPI_Finalize();
} catch (const std::exception& error) {
  std::fprintf(stderr, "mpi_benchmark: %s\n", error.what());
  MPI_Abort(MPI_COMM_WORLD, 1);
  return 1;
}
