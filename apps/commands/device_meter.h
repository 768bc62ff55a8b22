// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The energy of one GPU or CPU package, measured by itself, so that a device that is lost takes no
// other's figures with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/machine.h"

namespace zeus::apps {

struct MeteredEnergy {
  Joules energy;
  std::optional<Joules> dram;  // of the CPU package's memory, where it is measured
};

class DeviceMeter {
 public:
  DeviceMeter() = default;
  DeviceMeter(const DeviceMeter&) = delete;
  DeviceMeter& operator=(const DeviceMeter&) = delete;
  virtual ~DeviceMeter() = default;

  [[nodiscard]] virtual int index() const = 0;
  [[nodiscard]] virtual std::string name() const = 0;   // "GPU 0", "CPU 1"
  [[nodiscard]] virtual std::string model() const = 0;  // what the device calls itself
  // The GPU; null of a CPU package.
  [[nodiscard]] virtual const Gpu* gpu() const = 0;
  // How often the energy moves, of a GPU without a counter: is sampled; 0 where of no account.
  [[nodiscard]] virtual Seconds counter_period() const = 0;

  // Counts from zero, from now. This and energy() throw what the driver or the kernel answers.
  virtual void start() = 0;
  [[nodiscard]] virtual MeteredEnergy energy() = 0;
};

// Which devices a command looks at.
struct DeviceChoice {
  std::optional<std::vector<int>> gpus;  // none: all that are visible
  bool cpus = true;                      // all whose energy can be read
};

// A started meter of each chosen device, GPUs first. A GPU that was asked for by its index and
// can't be measured throws a ZeusBaseError; one of all is left out, with a warning in the log.
[[nodiscard]] std::vector<std::unique_ptr<DeviceMeter>> start_meters(
    const Machine& machine, const DeviceChoice& choice,
    const std::shared_ptr<Clock>& clock = system_clock());

// Whether the driver is the simulated one.
[[nodiscard]] bool driver_is_simulated();

}  // namespace zeus::apps
