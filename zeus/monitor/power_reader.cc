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

PowerReader::PowerReader(VisibleGpu gpu)
    : gpu_(std::move(gpu)), highest_limit_(highest_power_limit(*gpu_.gpu)) {}

Watts PowerReader::read() {
  const Gpu& gpu = *gpu_.gpu;
  const Watts power = gpu.info().has.instant_power ? gpu.instant_power() : gpu.average_power();
  if (is_plausible_power(power, highest_limit_)) return power;
  const std::string what = fmt::format("GPU {} reported a power of {} W, which it cannot draw",
                                       gpu_.index, power.value());
  if (dropped_.fetch_add(1) == 0) {
    log(LogLevel::kWarning, "zeus.monitor.power",
        what + ". Such readings are dropped; this is reported once.");
  }
  throw ZeusGPUUnknownError(what);
}

}  // namespace zeus
