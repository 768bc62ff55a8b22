// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/gpu.h"

#include "zeus/error.h"

namespace zeus {

const char* to_string(GpuArchitecture architecture) {
  switch (architecture) {
    case GpuArchitecture::kUnknown:
      break;
    case GpuArchitecture::kKepler:
      return "Kepler";
    case GpuArchitecture::kMaxwell:
      return "Maxwell";
    case GpuArchitecture::kPascal:
      return "Pascal";
    case GpuArchitecture::kVolta:
      return "Volta";
    case GpuArchitecture::kTuring:
      return "Turing";
    case GpuArchitecture::kAmpere:
      return "Ampere";
    case GpuArchitecture::kAda:
      return "Ada";
    case GpuArchitecture::kHopper:
      return "Hopper";
    case GpuArchitecture::kBlackwell:
      return "Blackwell";
  }
  return "unknown";
}

GpuControls& Gpu::controls() {
  throw ZeusGPUNotSupportedError("this GPU has no settings beside its power limit");
}

}  // namespace zeus
