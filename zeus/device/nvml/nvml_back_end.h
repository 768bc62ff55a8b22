// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// NVIDIA's GPUs on this machine, through the driver's NVML.
#pragma once

#include <optional>
#include <string>

#include "zeus/device/back_end.h"

namespace zeus::nvml {

// What CUDA reads from the environment to choose and to number GPUs.
struct CudaEnvironment {
  std::optional<std::string> visible_devices;  // CUDA_VISIBLE_DEVICES
  std::optional<std::string> device_order;     // CUDA_DEVICE_ORDER
};

// Absent where there is no library of the driver, or no driver loaded (NVML code 9); failed where
// the library is another vendor's, or the driver doesn't start. A GPU that can't be opened keeps
// its place (open_gpus()) and is a problem; so is a machine whose GPUs CUDA may number otherwise.
[[nodiscard]] BackEnd find_gpus(const CudaEnvironment& environment);

}  // namespace zeus::nvml
