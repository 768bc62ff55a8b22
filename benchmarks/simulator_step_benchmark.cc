// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How much longer than asked a simulated training step takes, in real time: its own cost and what
// the machine adds. One process that steps on 1 and on 16 GPUs, and 16 processes with a GPU each.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "zeus/device/gpu.h"
#include "zeus/machine.h"

namespace {

constexpr int kSteps = 150;
constexpr int kGpus = 16;
constexpr double kStepSeconds = 0.02;

// Microseconds beyond what was asked, of each of so many steps on these GPUs.
std::vector<double> excess(const std::vector<unsigned>& gpus) {
  const zeus::Machine machine;  // keeps the driver initialized
  std::vector<double> microseconds;
  for (int i = 0; i < kSteps; ++i) {
    const zeus::Seconds before = simulator::truth(gpus[0]).busy;
    const auto begin = std::chrono::steady_clock::now();
    simulator::step(gpus);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const zeus::Seconds asked = simulator::truth(gpus[0]).busy - before;
    microseconds.push_back((took.count() - asked.value()) * 1e6);
  }
  return microseconds;
}

std::vector<double> excess_of_processes() {
  std::vector<int> ends;
  for (unsigned gpu = 0; gpu < kGpus; ++gpu) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return {};
    if (fork() == 0) {
      const std::vector<double> mine = excess({gpu});
      const auto size = static_cast<ssize_t>(mine.size() * sizeof(double));
      _exit(write(pipe_ends[1], mine.data(), static_cast<std::size_t>(size)) == size ? 0 : 1);
    }
    close(pipe_ends[1]);
    ends.push_back(pipe_ends[0]);
  }
  std::vector<double> all;
  for (const int end : ends) {
    double value = 0;
    while (read(end, &value, sizeof value) == static_cast<ssize_t>(sizeof value)) {
      all.push_back(value);
    }
    close(end);
  }
  while (wait(nullptr) > 0) {
  }
  return all;
}

void print(const char* what, std::vector<double> microseconds) {
  std::sort(microseconds.begin(), microseconds.end());
  const auto at = [&](double share) {
    return microseconds[static_cast<std::size_t>(static_cast<double>(microseconds.size() - 1) *
                                                 share)];
  };
  std::printf("%-28s %8.1f %8.1f %8.1f us beyond the asked %g ms\n", what, at(0.5), at(0.9),
              at(0.99), kStepSeconds * 1e3);
}

}  // namespace

int main() {
  simulator::SimulatedMachineOptions options;
  options.gpus = kGpus;
  options.virtual_clock = false;
  options.step_seconds = kStepSeconds;
  const simulator::SimulatedMachine simulated(options);
  simulator::load(ZEUS_SIMULATOR_DIR);
  std::vector<unsigned> all(kGpus);
  std::iota(all.begin(), all.end(), 0U);
  std::printf("%-28s %8s %8s %8s\n", "a simulated step", "median", "90 %", "99 %");
  // The processes first: a fork has nothing of what this one would have initialized.
  print("16 processes, a GPU each", excess_of_processes());
  print("1 process, 1 GPU", excess({0}));
  print("1 process, 16 GPUs", excess(all));
}
