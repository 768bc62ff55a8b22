// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// All GPUs of NVIDIA's driver, in its order (by PCI bus).
#pragma once

#include <memory>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/device/nvml/nvml_library.h"

namespace zeus::nvml {

// A GPU that can't be opened (lost, say) hides no other and keeps its place, so that indices stay
// those of the driver. It has no UUID, claims to have every quantity, and throws from every method
// but info() what the driver answered when it was opened; info().unavailable says it too. Throws
// where the driver can't count its GPUs.
[[nodiscard]] std::vector<std::shared_ptr<Gpu>> open_gpus(
    const std::shared_ptr<const Library>& library);

}  // namespace zeus::nvml
