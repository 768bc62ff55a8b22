// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The stub GPU of the benchmarks: answers at once, so that what is measured is the library alone.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"

namespace zeus::benchmarks {

class ConstantGpu final : public Gpu {
 public:
  explicit ConstantGpu(int number) {
    info_.name = "Constant";
    info_.uuid = "GPU-" + std::to_string(number);
    info_.architecture = "Volta";
    info_.has = {.energy_counter = true,
                 .instant_power = true,
                 .average_power = true,
                 .temperature = true,
                 .power_limit = true,
                 .default_power_limit = true,
                 .enforced_power_limit = true};
    info_.counter_period = Seconds(0);
  }

  [[nodiscard]] const GpuInfo& info() const override { return info_; }
  [[nodiscard]] PowerLimitRange power_limit_range() const override {
    return {.min = Watts(100), .max = Watts(250)};
  }
  [[nodiscard]] Watts default_power_limit() const override { return Watts(250); }
  [[nodiscard]] Watts power_limit() const override { return limit_.load(); }
  [[nodiscard]] Watts enforced_power_limit() const override { return limit_.load(); }
  void set_power_limit(Watts limit) override { limit_ = limit; }
  // Moves at every reading, as a counter does between two windows' edges.
  [[nodiscard]] Joules total_energy() const override {
    return Joules(static_cast<double>(readings_.fetch_add(1, std::memory_order_relaxed)));
  }
  [[nodiscard]] Watts instant_power() const override { return Watts(200); }
  [[nodiscard]] Watts average_power() const override { return Watts(200); }
  [[nodiscard]] Celsius temperature() const override { return Celsius(40); }

 private:
  GpuInfo info_;
  std::atomic<Watts> limit_{Watts(250)};
  mutable std::atomic<long> readings_ = 0;
};

inline std::vector<VisibleGpu> constant_gpus(int count) {
  std::vector<VisibleGpu> gpus;
  gpus.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    gpus.push_back({.index = i, .gpu = std::make_shared<ConstantGpu>(i)});
  }
  return gpus;
}

}  // namespace zeus::benchmarks
