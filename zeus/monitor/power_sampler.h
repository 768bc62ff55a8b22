// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The energy counter of GPUs that have none: a thread reads their power at a steady pace and keeps
// its integral. Instant power is read where the GPU has it, else average power. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/gpu.h"
#include "zeus/monitor/energy_integral.h"

namespace zeus {

// True where power can be read in one of the two ways.
[[nodiscard]] bool has_power_reading(const Gpu& gpu);

// Instant power, else average power. Throws what the driver answers.
[[nodiscard]] Watts read_power(const Gpu& gpu);

class PowerSampler {
 public:
  // One edge of a window on one GPU.
  struct Edge {
    Joules energy;  // since the sampler started
    // Samples that failed so far. Two edges with different numbers have a gap between them.
    std::uint64_t failures = 0;
  };

  // Starts the thread and waits until it runs. `period` is in the time of `clock`.
  PowerSampler(std::vector<VisibleGpu> gpus, Seconds period, std::shared_ptr<Clock> clock);
  PowerSampler(const PowerSampler&) = delete;
  PowerSampler& operator=(const PowerSampler&) = delete;
  ~PowerSampler() = default;

  // Reads the power of the `slot`-th GPU at `time`, which is now or a moment ago, and gives the
  // integral up to there. Throws what the driver answers.
  Edge edge(std::size_t slot, Seconds time);

  // The energy between two edges of the `slot`-th GPU. Throws the error of the last failed sample
  // where one failed between them.
  [[nodiscard]] Joules between(std::size_t slot, const Edge& begin, const Edge& end) const;

 private:
  struct Source {
    VisibleGpu visible;
    EnergyIntegral integral{};
    std::uint64_t failures = 0;
    std::exception_ptr last_failure{};
    bool failing = false;
  };

  void run(const std::stop_token& stop);
  void sample(const std::stop_token& stop);
  void give_up(const std::exception_ptr& failure);
  void record_failure(Source& source, const std::exception_ptr& failure);

  const Seconds period_;
  const std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;  // never held during a driver call
  std::vector<Source> sources_;
  std::exception_ptr gave_up_;  // why the thread takes no more samples: the clock failed
  std::latch started_{1};
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace zeus
