// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One GPU, whatever its vendor and however it is reached. Methods are thread-safe and throw a
// ZeusBaseGPUError (zeus/error.h) when the driver refuses; a quantity that the device does not have
// (see GpuCapabilities) throws ZeusGPUNotSupportedError.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "zeus/device/problem.h"
#include "zeus/units.h"

namespace zeus {

// The power limits that a GPU accepts, both ends included.
struct PowerLimitRange {
  Watts min;
  Watts max;

  bool operator==(const PowerLimitRange&) const = default;
  [[nodiscard]] bool contains(Watts limit) const {
    return to_milliwatts(min) <= to_milliwatts(limit) && to_milliwatts(limit) <= to_milliwatts(max);
  }
};

// What a device has, found once when it is opened.
struct GpuCapabilities {
  bool energy_counter = false;
  bool instant_power = false;
  bool average_power = false;
  bool temperature = false;
  bool power_limit = false;  // the requested limit and its range can be read
  bool default_power_limit = false;
  bool enforced_power_limit = false;
};

struct GpuInfo {
  std::string name;         // the model, for example "Tesla V100-SXM2-32GB"
  std::string uuid;         // "GPU-…": what a GPU is known by between processes and machines
  std::string pci_address;  // domain:bus:device.function, for example "00000000:01:00.0"
  std::string architecture = "unknown";  // the vendor's name for it, for example "Volta"
  bool is_simulated = false;             // a driver that only plays GPUs: no figure is a real one
  // Another process finds it on this machine by its UUID, and can put its power limit back.
  bool is_found_by_uuid = false;
  std::string written_by;  // the socket of the daemon that sets its limit; empty: this process does
  std::optional<Problem> unavailable;  // set where the GPU could not be opened: the rest is empty
  // Set where the GPU is split into parts that share its energy counter and its power limit
  // (NVIDIA calls that MIG). Such a GPU is refused: the energy of one part can't be told.
  std::optional<Problem> partitioned;
  GpuCapabilities has;
  Seconds counter_period;  // how often the energy counter moves (for NVIDIA's, see docs/nvml.md)
};

// What holds a GPU's clock below its highest at this moment, as its driver tells.
struct ClockReasons {
  bool idle = false;
  bool power_limit = false;
  bool temperature = false;
  bool hardware = false;  // the board's own protection, for example of its power supply

  bool operator==(const ClockReasons&) const = default;
};

class GpuControls;

class Gpu {
 public:
  Gpu() = default;
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;
  virtual ~Gpu() = default;

  [[nodiscard]] virtual const GpuInfo& info() const = 0;

  [[nodiscard]] virtual PowerLimitRange power_limit_range() const = 0;
  // Those of them that this process may set: fewer where an operator says so.
  [[nodiscard]] virtual PowerLimitRange settable_power_limits() const;
  [[nodiscard]] virtual Watts default_power_limit() const = 0;
  // The limit that was asked for last; what set_power_limit() changes.
  [[nodiscard]] virtual Watts power_limit() const = 0;
  // The limit in force: the strictest of the requested one and those of the board and the host.
  [[nodiscard]] virtual Watts enforced_power_limit() const = 0;
  // Out of range is ZeusGPUInvalidArgError, never clamped. Needs root or CAP_SYS_ADMIN, else
  // ZeusGPUNoPermissionError, also when the value does not change.
  virtual void set_power_limit(Watts limit) = 0;

  // Energy since the driver was loaded. Moves in ticks of info().counter_period.
  [[nodiscard]] virtual Joules total_energy() const = 0;
  [[nodiscard]] virtual Watts instant_power() const = 0;
  // Over the last second on recent GPUs.
  [[nodiscard]] virtual Watts average_power() const = 0;
  [[nodiscard]] virtual Celsius temperature() const = 0;

  // The clock of its processors, and what holds it down: nothing where the device doesn't tell.
  [[nodiscard]] virtual std::optional<MegaHertz> clock() const;
  [[nodiscard]] virtual std::optional<ClockReasons> clock_reasons() const;

  // What a person types to set this power limit, for example after a job was killed; empty where
  // the vendor has no such command. Asks nothing of the driver.
  [[nodiscard]] virtual std::string restore_command(Watts limit) const;

  // What can be set beside the power limit (zeus/device/gpu_controls.h). Throws
  // ZeusGPUNotSupportedError where there is nothing.
  [[nodiscard]] virtual GpuControls& controls();
};

// A GPU and the index by which the training framework knows it (after *_VISIBLE_DEVICES).
struct VisibleGpu {
  int index = 0;
  std::shared_ptr<Gpu> gpu;
};

}  // namespace zeus
