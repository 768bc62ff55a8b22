// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/api/zeus_simulator.h"

#include <bitset>
#include <span>

#include "simulator/nvml/attachment.h"
#include "simulator/nvml/nvml_abi.h"

using simulator::Driver;
using simulator::Moment;

namespace {

template <class Value, class Body>
Value with_driver(Value otherwise, Body&& body) noexcept {
  const simulator::InsideDriver inside;
  try {
    const auto driver = simulator::any_driver();
    return driver ? body(*driver) : otherwise;
  } catch (...) {
    return otherwise;
  }
}

bool is_list_of_gpus(std::span<const unsigned> gpus, unsigned gpu_count) {
  // A step must not allocate: a bit for each GPU.
  std::bitset<simulator::kMaxGpus> seen;
  for (const unsigned gpu : gpus) {
    if (gpu >= gpu_count || seen[gpu]) return false;
    seen.set(gpu);
  }
  return !gpus.empty();
}

}  // namespace

int zeus_sim_step(const unsigned int* gpus, unsigned int count) {
  return with_driver<int>(NVML_ERROR_UNKNOWN, [&](Driver& driver) -> int {
    if (gpus == nullptr || !is_list_of_gpus({gpus, count}, driver.gpu_count())) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    return driver.step({gpus, count}) ? NVML_SUCCESS : NVML_ERROR_GPU_IS_LOST;
  });
}

long long zeus_sim_clock_monotonic_ns() {
  return with_driver<long long>(-1, [](Driver& driver) { return driver.now_ns(); });
}

long long zeus_sim_clock_unix_ns() {
  return with_driver<long long>(-1, [](Driver& driver) { return driver.unix_ns(); });
}

int zeus_sim_clock_sleep_until_ns(long long deadline_ns, const int* stop) {
  return with_driver<int>(NVML_ERROR_UNKNOWN, [&](Driver& driver) -> int {
    driver.sleep_until(deadline_ns, stop);
    return NVML_SUCCESS;
  });
}

void zeus_sim_clock_wake() {
  const simulator::InsideDriver inside;
  simulator::wake_waiting();
}

int zeus_sim_clock_sleepers() {
  const simulator::InsideDriver inside;
  return simulator::background_waits();
}

int zeus_sim_is_inside() { return simulator::InsideDriver::is_here() ? 1 : 0; }

int zeus_sim_truth(unsigned int gpu, zeus_sim_truth_t* truth) {
  return with_driver<int>(NVML_ERROR_UNKNOWN, [&](Driver& driver) -> int {
    if (truth == nullptr || gpu >= driver.gpu_count()) return NVML_ERROR_INVALID_ARGUMENT;
    *truth = driver.look(gpu, [&](const Moment& at) {
      const std::int64_t now = at.now_ns;
      return zeus_sim_truth_t{
          .energy_j = at.timeline.energy_j(now) - driver.scenario().gpus[gpu].energy_start_j,
          .elapsed_s = static_cast<double>(now - driver.begin_ns()) / 1e9,
          .busy_s = at.timeline.busy_s(now),
          .watts = at.timeline.watts(now),
          .steps = at.timeline.steps_ended(now)};
    });
    return NVML_SUCCESS;
  });
}
