// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A GPU behind NVIDIA's driver. What it has is probed once, when it is opened:
//
// - A quantity is absent when the driver answers NOT_SUPPORTED or has no such function. Any other
//   failure while probing (a timeout, say) doesn't make it absent: reading it then throws what the
//   driver answers.
// - Power comes from the field values 186 (instant) and 185 (average) of the GPU alone; where the
//   driver doesn't give these, of the whole module (Grace Hopper), else from
//   nvmlDeviceGetPowerUsage(), which is instant or average by architecture.
//
// A reading is one driver call through a cached address: no allocation, no look-up. In a forked
// child every method but info() throws ZeusForkError.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "zeus/device/gpu.h"
#include "zeus/device/nvml/nvml_architecture.h"
#include "zeus/device/nvml/nvml_controls.h"
#include "zeus/device/nvml/nvml_library.h"

namespace zeus::nvml {

class NvmlGpu final : public Gpu {
 public:
  // Opens the GPU of this index in the driver's (PCI) order. Throws the error of the driver's code
  // where its handle, name, UUID, PCI address, architecture or MIG mode can't be read.
  NvmlGpu(std::shared_ptr<const Library> library, unsigned index);

  [[nodiscard]] const GpuInfo& info() const override { return info_; }

  [[nodiscard]] PowerLimitRange power_limit_range() const override;
  [[nodiscard]] Watts default_power_limit() const override;
  [[nodiscard]] Watts power_limit() const override;
  [[nodiscard]] Watts enforced_power_limit() const override;
  void set_power_limit(Watts limit) override;

  [[nodiscard]] Joules total_energy() const override;
  [[nodiscard]] Watts instant_power() const override;
  [[nodiscard]] Watts average_power() const override;
  [[nodiscard]] Celsius temperature() const override;

  [[nodiscard]] std::optional<MegaHertz> clock() const override;
  [[nodiscard]] std::optional<ClockReasons> clock_reasons() const override;
  [[nodiscard]] std::string restore_command(Watts limit) const override;

  [[nodiscard]] GpuControls& controls() override { return *controls_; }

 private:
  enum class PowerSource { kNone, kGpuField, kModuleField, kPowerUsage };
  struct PowerReading {
    Return code;
    const char* call;
    unsigned milliwatts;
  };

  void identify(unsigned index);
  void probe();
  [[nodiscard]] bool is_ga100() const;
  [[nodiscard]] PowerSource find_power_source(unsigned field, bool power_usage_fits) const;
  [[nodiscard]] PowerReading read_power(PowerSource source, unsigned field) const;
  [[nodiscard]] Watts power(PowerSource source, unsigned field) const;
  // False for a code that means that the device doesn't have it; throws other failures.
  [[nodiscard]] bool told(Return code, const char* call) const;
  [[nodiscard]] Return read_temperature(const char*& call, int& celsius) const;
  [[nodiscard]] Watts limit(bool has_it, const Function<Device, unsigned*>& function) const;
  // Throws ZeusGPUNotSupportedError, without asking the driver again, for what the device lacks.
  void require(bool has_it, const char* call) const;

  std::shared_ptr<const Library> library_;
  std::shared_ptr<const DeviceHandle> device_;
  std::string label_;  // how messages call this GPU
  GpuInfo info_;
  Architecture architecture_ = Architecture::kOther;
  PowerSource instant_source_ = PowerSource::kNone;
  PowerSource average_source_ = PowerSource::kNone;
  bool temperature_by_v_ = false;
  std::unique_ptr<NvmlControls> controls_;
};

}  // namespace zeus::nvml
