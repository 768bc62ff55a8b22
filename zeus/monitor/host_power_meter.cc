// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/host_power_meter.h"

#include <fmt/format.h>

#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/monitor/energy_reader.h"

namespace zeus {
namespace {

constexpr Seconds kShortest{0.1};

}  // namespace

HostPowerMeter::HostPowerMeter(const std::vector<VisibleCpu>& cpus, std::size_t gpu_count,
                               std::shared_ptr<Clock> clock)
    : gpu_count_(static_cast<double>(gpu_count)), clock_(std::move(clock)) {
  if (cpus.empty()) {
    throw ZeusValueError(
        "the host's power can't be measured: no CPU energy counter (RAPL) is readable here; give a "
        "number of watts per GPU instead");
  }
  if (gpu_count == 0) throw ZeusValueError("the host's power is shared by its GPUs: there is none");
  readers_.reserve(cpus.size());
  for (const VisibleCpu& cpu : cpus) readers_.push_back(make_energy_reader(cpu, clock_));
  began_at_ = clock_->monotonic();
  at_begin_ = read();
}

HostPowerMeter::~HostPowerMeter() = default;

Joules HostPowerMeter::read() {
  Joules sum;
  for (const auto& reader : readers_) {
    const EnergyReading reading = reader->read(clock_->monotonic());
    sum += reading.energy + reading.dram.value_or(Joules(0));
  }
  return sum;
}

Watts HostPowerMeter::per_gpu() {
  const Seconds early = kShortest - (clock_->monotonic() - began_at_);
  if (early > Seconds(0)) clock_->sleep_until(clock_->monotonic() + early, {});
  try {
    last_ = (read() - at_begin_) / (clock_->monotonic() - began_at_) / gpu_count_;
  } catch (const ZeusBaseError& error) {
    log(LogLevel::kWarning, "zeus.monitor.energy",
        fmt::format("The host's power can't be measured: {}. Its last figure counts, {:.0f} W per "
                    "GPU.",
                    error.what(), last_.value()));
  }
  return last_;
}

}  // namespace zeus
