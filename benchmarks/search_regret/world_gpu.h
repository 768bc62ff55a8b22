// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the library sees a World: its GPU and its clock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "benchmarks/search_regret/world.h"
#include "zeus/clock.h"
#include "zeus/device/gpu.h"

namespace zeus::search_regret {

// The World outlives both.
class WorldGpu final : public Gpu {
 public:
  explicit WorldGpu(World& world) : world_(world) {
    static std::atomic<long> made = 0;
    info_.name = world.curve().card;
    info_.uuid = "GPU-" + std::to_string(made++);  // worlds don't share one
    info_.has = {.energy_counter = true, .power_limit = true, .default_power_limit = true};
    info_.counter_period = Seconds(World::kTick);
  }

  [[nodiscard]] const GpuInfo& info() const override { return info_; }
  [[nodiscard]] PowerLimitRange power_limit_range() const override {
    return {.min = Watts(world_.curve().floor), .max = Watts(world_.curve().ceiling)};
  }
  [[nodiscard]] Watts default_power_limit() const override { return Watts(world_.curve().ceiling); }
  [[nodiscard]] Watts power_limit() const override { return Watts(world_.limit()); }
  [[nodiscard]] Watts enforced_power_limit() const override { return power_limit(); }
  void set_power_limit(Watts limit) override { world_.set_limit(limit.value()); }
  [[nodiscard]] Joules total_energy() const override { return Joules(world_.read_counter()); }
  [[nodiscard]] Watts instant_power() const override { return Watts(0); }
  [[nodiscard]] Watts average_power() const override { return Watts(0); }
  [[nodiscard]] Celsius temperature() const override { return Celsius(50); }

 private:
  World& world_;
  GpuInfo info_;
};

class WorldClock final : public Clock {
 public:
  explicit WorldClock(const World& world) : world_(world) {}

  [[nodiscard]] Seconds monotonic() const override { return Seconds(world_.now()); }
  [[nodiscard]] Seconds unix_time() const override { return Seconds(world_.now()); }
  // Only what watches for a training that falls silent sleeps here, and none does.
  void sleep_until(Seconds /*deadline*/, std::stop_token stop) override {
    if (!stop.stop_possible()) return;
    std::unique_lock lock(mutex_);
    stopped_.wait(lock, stop, [] { return false; });
  }

 private:
  const World& world_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
};

}  // namespace zeus::search_regret
