// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Persistence mode, clocks and memory power of a GPU behind NVIDIA's driver. In a forked child
// every method throws ZeusForkError.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "zeus/device/gpu_controls.h"
#include "zeus/device/nvml/nvml_library.h"

namespace zeus::nvml {

class NvmlControls final : public GpuControls {
 public:
  // `label`: how messages call the GPU.
  NvmlControls(std::shared_ptr<const Library> library, std::shared_ptr<const DeviceHandle> device,
               std::string label);

  [[nodiscard]] bool persistence_mode() const override;
  void set_persistence_mode(bool enabled) override;
  [[nodiscard]] std::vector<unsigned> supported_memory_clocks() const override;
  [[nodiscard]] std::vector<unsigned> supported_graphics_clocks(
      unsigned memory_clock) const override;
  void lock_memory_clocks(unsigned min, unsigned max) override;
  void unlock_memory_clocks() override;
  void lock_graphics_clocks(unsigned min, unsigned max) override;
  void unlock_graphics_clocks() override;
  [[nodiscard]] Watts average_memory_power() const override;

 private:
  template <class Function, class... Arguments>
  [[nodiscard]] std::vector<unsigned> read_list(const Function& function,
                                                Arguments... arguments) const;

  std::shared_ptr<const Library> library_;
  std::shared_ptr<const DeviceHandle> device_;
  std::string label_;
};

}  // namespace zeus::nvml
