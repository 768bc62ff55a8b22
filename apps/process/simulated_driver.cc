// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/simulated_driver.h"

#include "zeus/device/shared_library.h"
#include "zeus/error.h"

namespace zeus::apps {

bool driver_is_simulated() {
  // It is known by what it has beyond NVML.
  try {
    return SharedLibrary("libnvidia-ml.so.1").symbol("zeus_sim_step") != nullptr;
  } catch (const ZeusGPUInitError&) {
    return false;
  }
}

}  // namespace zeus::apps
