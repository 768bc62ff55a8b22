// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The GPUs and CPU packages that a command reads, each with a reader of its own, so that a device
// that is lost takes no other's figures with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/clock.h"
#include "zeus/machine.h"
#include "zeus/monitor/energy_reader.h"

namespace zeus::apps {

struct DeviceChoice {
  std::optional<std::vector<int>> gpus;  // none: all that are visible
  bool cpus = true;                      // all whose energy can be read
};

// What doesn't change of a device.
struct DeviceDescription {
  bool is_gpu = true;
  int index = 0;
  std::string name;   // "GPU 0"
  std::string model;  // what the device calls itself
  std::string uuid;   // of a GPU

  // For tables; says of a GPU whether it is simulated.
  [[nodiscard]] std::string model_text(bool is_simulated) const;
  // For CSV.
  [[nodiscard]] const char* kind() const { return is_gpu ? "gpu" : "cpu"; }
};

struct ChosenDevice {
  DeviceDescription what;
  std::shared_ptr<Gpu> gpu;  // null for a CPU package
  std::unique_ptr<EnergyReader> reader;
  EnergyReading begin;  // its first reading
};

// Each chosen device, GPUs first, after its first reading. A GPU that was asked for by its index
// and can't be measured throws a ZeusBaseError; one of all is left out, with a warning in the log.
// So are all of them where CUDA_VISIBLE_DEVICES names a part of a GPU.
[[nodiscard]] std::vector<ChosenDevice> open_devices(const Machine& machine,
                                                     const DeviceChoice& choice,
                                                     const std::shared_ptr<Clock>& clock);

// What a device took in a stretch of time.
struct DrawnEnergy {
  Joules energy;
  std::optional<Joules> dram;  // of a CPU package's memory, where it is measured
};

[[nodiscard]] DrawnEnergy energy_between(const EnergyReading& begin, const EnergyReading& end);

}  // namespace zeus::apps
