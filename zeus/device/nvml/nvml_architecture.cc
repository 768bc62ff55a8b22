// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_architecture.h"

#include "zeus/device/nvml/nvml_abi.h"

namespace zeus::nvml {

const char* to_string(Architecture architecture) {
  switch (architecture) {
    case Architecture::kOther:
      break;
    case Architecture::kKepler:
      return "Kepler";
    case Architecture::kMaxwell:
      return "Maxwell";
    case Architecture::kPascal:
      return "Pascal";
    case Architecture::kVolta:
      return "Volta";
    case Architecture::kTuring:
      return "Turing";
    case Architecture::kAmpere:
      return "Ampere";
    case Architecture::kAda:
      return "Ada";
    case Architecture::kHopper:
      return "Hopper";
    case Architecture::kBlackwell:
      return "Blackwell";
  }
  return "unknown";
}

Architecture architecture_of(unsigned number) {
  switch (number) {
    case kArchKepler:
      return Architecture::kKepler;
    case kArchMaxwell:
      return Architecture::kMaxwell;
    case kArchPascal:
      return Architecture::kPascal;
    case kArchVolta:
      return Architecture::kVolta;
    case kArchTuring:
      return Architecture::kTuring;
    case kArchAmpere:
      return Architecture::kAmpere;
    case kArchAda:
      return Architecture::kAda;
    case kArchHopper:
      return Architecture::kHopper;
    case kArchBlackwell:
      return Architecture::kBlackwell;
    default:
      return Architecture::kOther;
  }
}

Seconds counter_period_of(Architecture architecture) {
  return architecture == Architecture::kVolta ? Seconds(0.02) : Seconds(0.1);
}

PowerUsageMeans power_usage_of(Architecture architecture, bool is_ga100) {
  switch (architecture) {
    case Architecture::kKepler:
    case Architecture::kMaxwell:
    case Architecture::kPascal:
    case Architecture::kVolta:
    case Architecture::kTuring:
      return PowerUsageMeans::kInstant;
    case Architecture::kAmpere:
      return is_ga100 ? PowerUsageMeans::kInstant : PowerUsageMeans::kAverage;
    case Architecture::kAda:
    case Architecture::kHopper:
    case Architecture::kBlackwell:
    case Architecture::kOther:  // newer than this list
      break;
  }
  return PowerUsageMeans::kAverage;
}

}  // namespace zeus::nvml
