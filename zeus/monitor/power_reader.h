// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the power of one GPU: instant power where the GPU has it, else average power. Values that
// cannot be true are dropped, counted and reported in the log once. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "zeus/device/gpu.h"

namespace zeus {

/// True where power can be read in one of the two ways.
[[nodiscard]] bool has_power_reading(const Gpu& gpu);

/// The top of the GPU's range of power limits; none where the driver doesn't say.
[[nodiscard]] std::optional<Watts> highest_power_limit(const Gpu& gpu);

/// What the log says of the first such power, and the error of each.
[[nodiscard]] std::string impossible_power_text(int gpu_index, Watts power);
void warn_of_impossible_power(int gpu_index, Watts power);

class PowerReader {
 public:
  /// Asks for the GPU's highest power limit.
  explicit PowerReader(VisibleGpu gpu);

  /// Throws what the driver answers, and ZeusGPUUnknownError for a power that no board of this
  /// model can draw.
  [[nodiscard]] Watts read();

  /// How many values were dropped.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(); }

  [[nodiscard]] const VisibleGpu& gpu() const { return gpu_; }

 private:
  const VisibleGpu gpu_;
  const std::optional<Watts> highest_limit_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace zeus
