// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_architecture.h"

#include "zeus/device/nvml/nvml_abi.h"

namespace zeus::nvml {

GpuArchitecture architecture_of(unsigned number) {
  switch (number) {
    case kArchKepler:
      return GpuArchitecture::kKepler;
    case kArchMaxwell:
      return GpuArchitecture::kMaxwell;
    case kArchPascal:
      return GpuArchitecture::kPascal;
    case kArchVolta:
      return GpuArchitecture::kVolta;
    case kArchTuring:
      return GpuArchitecture::kTuring;
    case kArchAmpere:
      return GpuArchitecture::kAmpere;
    case kArchAda:
      return GpuArchitecture::kAda;
    case kArchHopper:
      return GpuArchitecture::kHopper;
    case kArchBlackwell:
      return GpuArchitecture::kBlackwell;
    default:
      return GpuArchitecture::kUnknown;
  }
}

Seconds counter_period_of(GpuArchitecture architecture) {
  return architecture == GpuArchitecture::kVolta ? Seconds(0.02) : Seconds(0.1);
}

PowerUsageMeans power_usage_of(GpuArchitecture architecture, bool is_ga100) {
  switch (architecture) {
    case GpuArchitecture::kKepler:
    case GpuArchitecture::kMaxwell:
    case GpuArchitecture::kPascal:
    case GpuArchitecture::kVolta:
    case GpuArchitecture::kTuring:
      return PowerUsageMeans::kInstant;
    case GpuArchitecture::kAmpere:
      return is_ga100 ? PowerUsageMeans::kInstant : PowerUsageMeans::kAverage;
    case GpuArchitecture::kAda:
    case GpuArchitecture::kHopper:
    case GpuArchitecture::kBlackwell:
    case GpuArchitecture::kUnknown:  // newer than this list
      break;
  }
  return PowerUsageMeans::kAverage;
}

}  // namespace zeus::nvml
