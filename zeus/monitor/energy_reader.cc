// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/energy_reader.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/monitor/plausibility.h"
#include "zeus/monitor/power_sampler.h"
#include "zeus/monitor/read_again.h"

namespace zeus {
namespace {

constexpr const char* kLeaveOut = "leave it out with gpu_indices or CUDA_VISIBLE_DEVICES";

std::string name_of(const VisibleGpu& gpu) { return fmt::format("GPU {}", gpu.index); }

class CountedGpu final : public EnergyReader {
 public:
  CountedGpu(const VisibleGpu& gpu, std::shared_ptr<Clock> clock)
      : EnergyReader(name_of(gpu), gpu.gpu->info().counter_period, false, gpu.gpu.get(),
                     highest_power_limit(*gpu.gpu)),
        gpu_(gpu.gpu),
        clock_(std::move(clock)) {}

  [[nodiscard]] std::uint64_t dropped() const override { return dropped_.load(); }

 protected:
  [[nodiscard]] EnergyReading do_read(Seconds /*now*/, Joules refused) override {
    return read_again(nullptr, {.energy = refused});
  }

  [[nodiscard]] EnergyReading do_read_after(const EnergyReading& begin, Seconds now,
                                            Joules refused) override {
    return read_again(&begin, {.energy = refused, .time = now});
  }

 private:
  // Empty where the reading can be true.
  [[nodiscard]] std::string what_is_wrong(const EnergyReading* begin,
                                          const EnergyReading& reading) const {
    if (begin == nullptr) {
      if (is_plausible_counter(reading.energy)) return {};
      return fmt::format("the energy counter of {} shows {} J, which cannot be", name(),
                         reading.energy.value());
    }
    switch (judge_step(begin->energy, reading.energy, reading.time - begin->time, bound())) {
      case CounterStep::kPlausible:
        return {};
      case CounterStep::kBackwards:
        return fmt::format(
            "the energy counter of {} went backwards, from {} J to {} J; was the driver loaded "
            "anew?",
            name(), begin->energy.value(), reading.energy.value());
      case CounterStep::kTooFar:
        break;
    }
    return fmt::format(
        "the energy counter of {} went from {} J to {} J in {:.3g} s, more than the GPU can draw",
        name(), begin->energy.value(), reading.energy.value(),
        (reading.time - begin->time).value());
  }

  // The tries after the first one, which gave `refused`. A wrong reading is forgotten; a counter
  // that stays there has started again.
  [[nodiscard]] EnergyReading read_again(const EnergyReading* begin, const EnergyReading& refused) {
    if (refused.energy != kNoCounter) drop(what_is_wrong(begin, refused));
    for (int tries = 2;; ++tries) {
      pause_before_next_try(*clock_);
      EnergyReading reading{.time = clock_->monotonic()};
      try {
        reading.energy = gpu_->total_energy();
      } catch (const ZeusBaseGPUError& error) {
        if (tries == kReadingTries || !is_worth_another_try(error)) throw;
        continue;
      }
      const std::string wrong = what_is_wrong(begin, reading);
      if (wrong.empty()) return reading;
      drop(wrong);
      if (tries == kReadingTries) throw ZeusGPUCounterError(wrong);
    }
  }

  void drop(const std::string& what) {
    if (dropped_.fetch_add(1) != 0) return;
    log(LogLevel::kWarning, "zeus.monitor.energy",
        "A reading was dropped: " + what + ". Later ones of this GPU are not reported.");
  }

  const std::shared_ptr<Gpu> gpu_;
  const std::shared_ptr<Clock> clock_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

class SampledGpu final : public EnergyReader {
 public:
  SampledGpu(const VisibleGpu& gpu, Seconds sampling_period, const std::shared_ptr<Clock>& clock)
      : EnergyReader(name_of(gpu), sampling_period, true),
        clock_(clock),
        sampler_(gpu, sampling_period, clock) {}

  [[nodiscard]] std::uint64_t dropped() const override { return sampler_.dropped(); }

 protected:
  [[nodiscard]] EnergyReading do_read(Seconds now, Joules /*refused*/) override {
    return read_again_on_failure(*clock_, now, [this](Seconds time) {
      const PowerSampler::Edge edge = sampler_.edge(time);
      return EnergyReading{
          .energy = edge.energy, .time = time, .doubt = edge.doubt, .breaks = edge.breaks};
    });
  }

  [[nodiscard]] EnergyReading do_read_after(const EnergyReading& begin, Seconds now,
                                            Joules refused) override {
    const EnergyReading end = do_read(now, refused);
    if (end.breaks != begin.breaks) sampler_.throw_break();
    return end;
  }

 private:
  const std::shared_ptr<Clock> clock_;
  PowerSampler sampler_;  // last: owns a thread
};

class CpuPackage final : public EnergyReader {
 public:
  CpuPackage(const VisibleCpu& cpu, std::shared_ptr<Clock> clock)
      : EnergyReader(fmt::format("CPU {}", cpu.index), Seconds(0), false),
        cpu_(cpu.cpu),
        clock_(std::move(clock)) {}

 protected:
  [[nodiscard]] EnergyReading do_read(Seconds now, Joules /*refused*/) override {
    return read_again_on_failure(*clock_, now, [this](Seconds time) {
      const CpuEnergy energy = cpu_->total_energy();
      return EnergyReading{.energy = energy.package, .dram = energy.dram, .time = time};
    });
  }

  [[nodiscard]] EnergyReading do_read_after(const EnergyReading& /*begin*/, Seconds now,
                                            Joules refused) override {
    return do_read(now, refused);  // the back end adds up its counter and drops what cannot be
  }

 private:
  const std::shared_ptr<Cpu> cpu_;
  const std::shared_ptr<Clock> clock_;
};

}  // namespace

EnergyReader::EnergyReader(std::string name, Seconds period, bool is_sampled, const Gpu* counter,
                           std::optional<Watts> highest_limit)
    : name_(std::move(name)),
      period_(period),
      is_sampled_(is_sampled),
      counter_(counter),
      bound_(counter_bound(highest_limit, period)),
      uncertainty_of_zero_(highest_limit.value_or(Watts(0)) * period) {}

EnergyStretch EnergyReader::stretch_to(const EnergyReading& begin, const EnergyReading& end,
                                       Seconds now) const {
  EnergyStretch found{.energy = end.energy - begin.energy,
                      .uncertainty = uncertainty(begin, end),
                      .late = end.time - now};
  if (begin.dram && end.dram) found.dram = *end.dram - *begin.dram;
  return found;
}

std::unique_ptr<EnergyReader> make_energy_reader(const VisibleGpu& gpu, Seconds sampling_period,
                                                 std::shared_ptr<Clock> clock) {
  const GpuInfo& info = gpu.gpu->info();
  if (info.partitioned) {
    const Problem& problem = *info.partitioned;
    throw ZeusGPUNotSupportedError(fmt::format(
        "GPU {} ({}) can't be measured: {}{}; or {}", gpu.index, info.name, problem.what,
        problem.command.empty() ? "" : fmt::format(" (off: {})", problem.command), kLeaveOut));
  }
  if (info.has.energy_counter) return std::make_unique<CountedGpu>(gpu, std::move(clock));
  if (!has_power_reading(*gpu.gpu)) {
    throw ZeusGPUNotSupportedError(fmt::format("GPU {} ({}) reports neither energy nor power; {}",
                                               gpu.index, info.name, kLeaveOut));
  }
  return std::make_unique<SampledGpu>(gpu, sampling_period, clock);
}

std::unique_ptr<EnergyReader> make_energy_reader(const VisibleCpu& cpu,
                                                 std::shared_ptr<Clock> clock) {
  return std::make_unique<CpuPackage>(cpu, std::move(clock));
}

}  // namespace zeus
