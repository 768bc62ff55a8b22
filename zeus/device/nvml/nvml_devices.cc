// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_devices.h"

#include <optional>
#include <string>

#include "zeus/device/nvml/nvml_error.h"
#include "zeus/device/nvml/nvml_gpu.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

class UnavailableGpu final : public Gpu {
 public:
  explicit UnavailableGpu(const ZeusBaseGPUError& error)
      : code_(error.code()), call_(error.call()), message_(error.what()) {
    info_.name = "unavailable";
    info_.unavailable = {.what = error.what(), .command = {}};
    info_.has = {.energy_counter = true,
                 .instant_power = true,
                 .average_power = true,
                 .temperature = true,
                 .power_limit = true,
                 .default_power_limit = true,
                 .enforced_power_limit = true};
  }

  const GpuInfo& info() const override { return info_; }
  PowerLimitRange power_limit_range() const override { refuse(); }
  Watts default_power_limit() const override { refuse(); }
  Watts power_limit() const override { refuse(); }
  Watts enforced_power_limit() const override { refuse(); }
  void set_power_limit(Watts /*limit*/) override { refuse(); }
  Joules total_energy() const override { refuse(); }
  Watts instant_power() const override { refuse(); }
  Watts average_power() const override { refuse(); }
  Celsius temperature() const override { refuse(); }
  std::optional<MegaHertz> clock() const override { refuse(); }
  std::optional<ClockReasons> clock_reasons() const override { refuse(); }

 private:
  [[noreturn]] void refuse() const { throw_error(code_, call_, message_); }

  GpuInfo info_;
  Return code_;
  std::string call_;
  std::string message_;
};

std::shared_ptr<Gpu> open_gpu(const std::shared_ptr<const Library>& library, unsigned index) {
  try {
    return std::make_shared<NvmlGpu>(library, index);
  } catch (const ZeusBaseGPUError& error) {
    return std::make_shared<UnavailableGpu>(error);
  }
}

}  // namespace

std::vector<std::shared_ptr<Gpu>> open_gpus(const std::shared_ptr<const Library>& library) {
  unsigned count = 0;
  library->call("the NVIDIA driver", library->functions().device_count, &count);
  std::vector<std::shared_ptr<Gpu>> gpus;
  gpus.reserve(count);
  for (unsigned index = 0; index < count; ++index) gpus.push_back(open_gpu(library, index));
  return gpus;
}

}  // namespace zeus::nvml
