// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/device_meter.h"

#include <fmt/format.h>

#include <utility>

#include "zeus/device/shared_library.h"
#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/monitor/power_sampler.h"

namespace zeus::apps {
namespace {

constexpr Seconds kSamplingPeriod{0.02};

class GpuMeter final : public DeviceMeter {
 public:
  GpuMeter(VisibleGpu visible, std::shared_ptr<Clock> clock)
      : visible_(std::move(visible)), clock_(std::move(clock)) {
    const GpuInfo& info = visible_.gpu->info();
    if (info.partitioned) {
      throw ZeusGPUNotSupportedError(fmt::format("GPU {} is refused: {} (off: {})", visible_.index,
                                                 info.partitioned->what,
                                                 info.partitioned->command));
    }
    if (!is_counted() && !has_power_reading(*visible_.gpu)) {
      throw ZeusGPUNotSupportedError(
          fmt::format("GPU {} tells neither its energy nor its power", visible_.index));
    }
  }

  [[nodiscard]] int index() const override { return visible_.index; }
  [[nodiscard]] std::string name() const override { return fmt::format("GPU {}", visible_.index); }
  [[nodiscard]] std::string model() const override { return visible_.gpu->info().name; }
  [[nodiscard]] const Gpu* gpu() const override { return visible_.gpu.get(); }
  [[nodiscard]] Seconds counter_period() const override {
    return is_counted() ? visible_.gpu->info().counter_period : kSamplingPeriod;
  }

  void start() override {
    if (is_counted()) {
      counter_begin_ = visible_.gpu->total_energy();
      return;
    }
    sampler_ = std::make_unique<PowerSampler>(std::vector{visible_}, kSamplingPeriod, clock_);
    sampler_begin_ = sampler_->edge(0, clock_->monotonic());
  }

  MeteredEnergy energy() override {
    if (!is_counted()) {
      const PowerSampler::Edge now = sampler_->edge(0, clock_->monotonic());
      return {.energy = sampler_->between(0, sampler_begin_, now), .dram = std::nullopt};
    }
    const Joules now = visible_.gpu->total_energy();
    if (now < counter_begin_) {
      throw ZeusGPUCounterError(
          fmt::format("the energy counter of GPU {} went backwards, from {} J to {} J; was the "
                      "driver loaded anew?",
                      visible_.index, counter_begin_.value(), now.value()));
    }
    return {.energy = now - counter_begin_, .dram = std::nullopt};
  }

 private:
  [[nodiscard]] bool is_counted() const { return visible_.gpu->info().has.energy_counter; }

  const VisibleGpu visible_;
  const std::shared_ptr<Clock> clock_;
  Joules counter_begin_;
  PowerSampler::Edge sampler_begin_;
  std::unique_ptr<PowerSampler> sampler_;  // last: owns a thread
};

class CpuMeter final : public DeviceMeter {
 public:
  explicit CpuMeter(VisibleCpu visible) : visible_(std::move(visible)) {}

  [[nodiscard]] int index() const override { return visible_.index; }
  [[nodiscard]] std::string name() const override { return fmt::format("CPU {}", visible_.index); }
  [[nodiscard]] std::string model() const override { return visible_.cpu->info().name; }
  [[nodiscard]] const Gpu* gpu() const override { return nullptr; }
  [[nodiscard]] Seconds counter_period() const override { return {}; }

  void start() override { begin_ = visible_.cpu->total_energy(); }

  MeteredEnergy energy() override {
    const CpuEnergy now = visible_.cpu->total_energy();
    MeteredEnergy energy{.energy = now.package - begin_.package, .dram = std::nullopt};
    if (now.dram && begin_.dram) energy.dram = *now.dram - *begin_.dram;
    return energy;
  }

 private:
  const VisibleCpu visible_;
  CpuEnergy begin_{};
};

void warn(const std::string& text) { log(LogLevel::kWarning, "zeus.apps", text); }

}  // namespace

std::vector<std::unique_ptr<DeviceMeter>> start_meters(const Machine& machine,
                                                       const DeviceChoice& choice,
                                                       const std::shared_ptr<Clock>& clock) {
  std::vector<std::unique_ptr<DeviceMeter>> meters;
  for (const VisibleGpu& visible :
       choice.gpus ? machine.gpus(*choice.gpus) : machine.gpus_if_any()) {
    try {
      auto meter = std::make_unique<GpuMeter>(visible, clock);
      meter->start();
      meters.push_back(std::move(meter));
    } catch (const ZeusBaseGPUError& error) {
      if (choice.gpus) throw;
      warn(fmt::format("GPU {} is left out: {}", visible.index, error.what()));
    }
  }
  if (!choice.cpus) return meters;
  for (const VisibleCpu& visible : machine.cpus()) {
    try {
      auto meter = std::make_unique<CpuMeter>(visible);
      meter->start();
      meters.push_back(std::move(meter));
    } catch (const ZeusBaseCPUError& error) {
      warn(fmt::format("CPU {} is left out: {}", visible.index, error.what()));
    }
  }
  return meters;
}

bool driver_is_simulated() {
  // It is known by what it has beyond NVML.
  try {
    return SharedLibrary("libnvidia-ml.so.1").symbol("zeus_sim_step") != nullptr;
  } catch (const ZeusGPUInitError&) {
    return false;
  }
}

}  // namespace zeus::apps
