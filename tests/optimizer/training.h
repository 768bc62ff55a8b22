// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A training job on stub GPUs and a hand-moved clock, in which every step takes a time and a power
// that follow from the limit in force. The monitor notes at which step its windows open and close.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::testing {

// Opens and closes as a ZeusMonitor, and keeps a diary.
class DiaryMonitor final : public ZeusMonitor {
 public:
  using ZeusMonitor::ZeusMonitor;

  struct Entry {
    std::string window;
    int opened = 0;  // the number of the step whose begin this was; 0 where it wasn't at a begin
    int closed = 0;
    bool operator==(const Entry&) const = default;
  };

  void begin_window(std::string_view name, bool sync_execution = true,
                    bool restart = false) override {
    ZeusMonitor::begin_window(name, sync_execution, restart);
    diary.push_back({.window = std::string(name), .opened = step});
  }
  Measurement end_window(std::string_view name, bool sync_execution = true) override {
    diary.back().closed = step;
    return ZeusMonitor::end_window(name, sync_execution);
  }

  int step = 0;
  std::vector<Entry> diary;
};

class Training {
 public:
  // GPUs with the numbers first_gpu, first_gpu + 1, …
  explicit Training(int gpu_count = 1, int first_gpu = 0)
      : Training(make_gpus(gpu_count, first_gpu)) {}

  explicit Training(StubGpus stub_gpus)
      : gpus(std::move(stub_gpus)), monitor(connected_gpus(), {.clock = clock}) {}
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  StubGpu& gpu(std::size_t i = 0) { return *gpus.stubs[i]; }

  // Trains one step at the limits in force.
  void step(GlobalPowerLimitOptimizer& optimizer) {
    ++steps;
    monitor.step = steps;
    optimizer.on_step_begin();
    monitor.step = 0;
    work();
    limits.push_back(gpus.stubs.front()->limit_now());
    optimizer.on_step_end();
  }

  // What a step does, between its hooks.
  void work() {
    Seconds slowest;
    for (const auto& stub : gpus.stubs) slowest = std::max(slowest, step_time(stub->limit_now()));
    clock->advance(slowest);
    for (std::size_t i = 0; i < energy.size(); ++i) {
      energy[i] += power(gpus.stubs[i]->limit_now()) * slowest;
    }
  }

  void epoch(GlobalPowerLimitOptimizer& optimizer, int step_count) {
    optimizer.on_epoch_begin();
    for (int i = 0; i < step_count; ++i) step(optimizer);
    optimizer.on_epoch_end();
  }

  // One V100-like curve: the least energy is at 150 W.
  std::function<Seconds(Watts)> step_time = [](Watts limit) {
    return Seconds(0.1 + 10.0 / limit.value());
  };
  std::function<Watts(Watts)> power = [](Watts limit) {
    return Watts(limit.value() * 0.9 + limit.value() * limit.value() * 0.001);
  };

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  StubGpus gpus;
  std::vector<Joules> energy;  // what the counters show
  DiaryMonitor monitor;
  int steps = 0;
  std::vector<Watts> limits;  // of the first GPU, a step

 private:
  // The monitor reads the counters when it is made.
  const std::vector<VisibleGpu>& connected_gpus() {
    energy.resize(gpus.stubs.size());
    for (std::size_t i = 0; i < gpus.stubs.size(); ++i) {
      gpus.stubs[i]->set_energy_source([this, i] { return energy[i]; });
    }
    return gpus.visible;
  }
  static StubGpus make_gpus(int count, int first) {
    StubGpus made(0);
    for (int i = 0; i < count; ++i) {
      made.stubs.push_back(std::make_shared<StubGpu>(v100_info(first + i)));
      made.visible.push_back({.index = i, .gpu = made.stubs.back()});
    }
    return made;
  }
};

inline std::vector<double> values(const std::vector<Watts>& watts) {
  std::vector<double> numbers;
  numbers.reserve(watts.size());
  for (const Watts w : watts) numbers.push_back(w.value());
  return numbers;
}

}  // namespace zeus::testing
