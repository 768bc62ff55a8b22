// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a board is and never changes.
#include <array>
#include <cstdio>
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::copy_text;
using simulator::Cost;
using simulator::device_call;
using simulator::get;
using simulator::SimulatedGpu;

nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned length) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "13205240%05u", gpu.index);
    return copy_text(text.data(), serial, length);
  });
}

nvmlReturn_t nvmlDeviceGetVbiosVersion(nvmlDevice_t device, char* version, unsigned length) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu&) {
    return copy_text("88.00.00.00.01", version, length);
  });
}

nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* brand) {
  return get(__func__, device, Cost::kNone, brand, [](const SimulatedGpu& gpu) {
    return gpu.model().name.starts_with("Tesla")    ? NVML_BRAND_TESLA
           : gpu.model().name.starts_with("Quadro") ? NVML_BRAND_QUADRO
                                                    : NVML_BRAND_NVIDIA;
  });
}

nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  return get(__func__, device, Cost::kNone, major, minor, [](const SimulatedGpu& gpu) {
    return std::pair(gpu.model().compute.major, gpu.model().compute.minor);
  });
}

nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, nvmlComputeMode_t* mode) {
  return get(__func__, device, Cost::kNone, mode,
             [](const SimulatedGpu&) { return NVML_COMPUTEMODE_DEFAULT; });
}

nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display) {
  return get(__func__, device, Cost::kNone, display,
             [](const SimulatedGpu& gpu) { return gpu.model().has_display; });
}

nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* is_active) {
  return get(__func__, device, Cost::kNone, is_active,
             [](const SimulatedGpu&) { return NVML_FEATURE_DISABLED; });
}

// Only Windows has driver models.
nvmlReturn_t nvmlDeviceGetDriverModel(nvmlDevice_t device, nvmlDriverModel_t* current,
                                      nvmlDriverModel_t* pending) {
  return simulator::not_supported(__func__, device, Cost::kNone, current, pending);
}
nvmlReturn_t nvmlDeviceGetDriverModel_v2(nvmlDevice_t device, nvmlDriverModel_t* current,
                                         nvmlDriverModel_t* pending) {
  return simulator::not_supported(__func__, device, Cost::kNone, current, pending);
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t* current,
                                  nvmlEnableState_t* pending) {
  return get(__func__, device, Cost::kNone, current, pending, [](const SimulatedGpu&) {
    return std::pair(NVML_FEATURE_ENABLED, NVML_FEATURE_ENABLED);
  });
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t type,
                                         nvmlEccCounterType_t counter, unsigned long long* count) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu&) {
    const auto known = [](int value) { return value == 0 || value == 1; };
    if (count == nullptr || !known(static_cast<int>(type)) || !known(static_cast<int>(counter))) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *count = 0;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned* generation) {
  return get(__func__, device, Cost::kNone, generation,
             [](const SimulatedGpu& gpu) { return gpu.model().pcie_generation; });
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned* width) {
  return get(__func__, device, Cost::kNone, width, [](const SimulatedGpu&) { return 16; });
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned* generation) {
  return get(__func__, device, Cost::kNone, generation,
             [](const SimulatedGpu& gpu) { return gpu.model().pcie_generation; });
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned* width) {
  return get(__func__, device, Cost::kNone, width, [](const SimulatedGpu&) { return 16; });
}

nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter,
                                         unsigned* kilobytes_per_s) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu&) {
    const auto which = static_cast<int>(counter);
    if (kilobytes_per_s == nullptr || which < 0 || which > NVML_PCIE_UTIL_RX_BYTES) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *kilobytes_per_s = 0;  // what jobs read is not modelled
    return NVML_SUCCESS;
  });
}
