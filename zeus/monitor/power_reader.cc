// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/power_reader.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/monitor/plausibility.h"

namespace zeus {

bool has_power_reading(const Gpu& gpu) {
  return gpu.info().has.instant_power || gpu.info().has.average_power;
}

std::optional<Watts> highest_power_limit(const Gpu& gpu) {
  if (!gpu.info().has.power_limit) return std::nullopt;
  try {
    return gpu.power_limit_range().max;
  } catch (const ZeusBaseError&) {
    return std::nullopt;  // without it fewer values are known to be wrong, and nothing else changes
  }
}

std::string impossible_power_text(int gpu_index, Watts power) {
  return fmt::format("GPU {} reported a power of {} W, which it cannot draw", gpu_index,
                     power.value());
}

void warn_of_impossible_power(int gpu_index, Watts power) {
  log(LogLevel::kWarning, "zeus.monitor.power",
      impossible_power_text(gpu_index, power) +
          ". Such readings are dropped; this is reported once.");
}

PowerReader::PowerReader(VisibleGpu gpu)
    : gpu_(std::move(gpu)), highest_limit_(highest_power_limit(*gpu_.gpu)) {}

Watts PowerReader::read() {
  const Gpu& gpu = *gpu_.gpu;
  const Watts power = gpu.info().has.instant_power ? gpu.instant_power() : gpu.average_power();
  if (is_plausible_power(power, highest_limit_)) return power;
  if (dropped_.fetch_add(1) == 0) warn_of_impossible_power(gpu_.index, power);
  throw ZeusGPUUnknownError(impossible_power_text(gpu_.index, power));
}

}  // namespace zeus
