// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a board is and never changes.
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

std::string serial_of(const SimulatedGpu& gpu) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "13205240%05u", gpu.index);
  return text.data();
}

nvmlBrandType_t brand_of(const SimulatedGpu& gpu) {
  if (gpu.model().name.starts_with("Tesla")) return NVML_BRAND_TESLA;
  return gpu.model().name.starts_with("Quadro") ? NVML_BRAND_QUADRO : NVML_BRAND_NVIDIA;
}

std::pair<unsigned, unsigned> capability_of(const SimulatedGpu& gpu) {
  return {gpu.model().compute.major, gpu.model().compute.minor};
}

bool has_display(const SimulatedGpu& gpu) { return gpu.model().has_display; }

unsigned pcie_generation(const SimulatedGpu& gpu) { return gpu.model().pcie_generation; }
int pcie_throughput(const SimulatedGpu&, int) { return 0; }  // what jobs read is not modelled

// A scenario may order it where the model has none, too.
bool has_mig(const SimulatedGpu& gpu) { return gpu.scenario().mig || gpu.model().has_mig; }
int max_mig_devices(const SimulatedGpu& gpu) { return has_mig(gpu) ? 7 : 0; }

}  // namespace

NVML_WITH_TWO(nvmlDeviceGetSerial, get_text, serial_of)
NVML_WITH_TWO(nvmlDeviceGetVbiosVersion, get_text, always("88.00.00.00.01"))
NVML_WITH_ONE(nvmlDeviceGetBrand, get<Cost::kNone>, brand_of)
NVML_WITH_TWO(nvmlDeviceGetCudaComputeCapability, get<Cost::kNone>, capability_of)
NVML_WITH_ONE(nvmlDeviceGetComputeMode, get<Cost::kNone>, always(NVML_COMPUTEMODE_DEFAULT))
NVML_WITH_ONE(nvmlDeviceGetDisplayMode, get<Cost::kNone>, has_display)
NVML_WITH_ONE(nvmlDeviceGetDisplayActive, get<Cost::kNone>, always(NVML_FEATURE_DISABLED))

// Only Windows has driver models.
NVML_WITH_TWO(nvmlDeviceGetDriverModel, not_supported<Cost::kNone>)
NVML_WITH_TWO(nvmlDeviceGetDriverModel_v2, not_supported<Cost::kNone>)

// Only Grace has the link.
NVML_WITH_ONE(nvmlDeviceGetC2cModeInfoV, not_supported<Cost::kNone>)

NVML_WITH_TWO(nvmlDeviceGetEccMode, get<Cost::kNone>,
              always(std::pair(NVML_FEATURE_ENABLED, NVML_FEATURE_ENABLED)))

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

NVML_WITH_ONE(nvmlDeviceGetMaxPcieLinkGeneration, get<Cost::kNone>, pcie_generation)
NVML_WITH_ONE(nvmlDeviceGetMaxPcieLinkWidth, get<Cost::kNone>, always(16))
NVML_WITH_ONE(nvmlDeviceGetCurrPcieLinkGeneration, get<Cost::kNone>, pcie_generation)
NVML_WITH_ONE(nvmlDeviceGetCurrPcieLinkWidth, get<Cost::kNone>, always(16))
NVML_WITH_TWO(nvmlDeviceGetPcieThroughput, get_one_of<Cost::kRead>, NVML_PCIE_UTIL_RX_BYTES,
              pcie_throughput)

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned* current, unsigned* pending) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!has_mig(gpu)) return NVML_ERROR_NOT_SUPPORTED;
    *current = *pending = gpu.scenario().mig ? NVML_DEVICE_MIG_ENABLE : NVML_DEVICE_MIG_DISABLE;
    return NVML_SUCCESS;
  });
}

NVML_WITH_ONE(nvmlDeviceGetMaxMigDeviceCount, get<Cost::kNone>, max_mig_devices)
NVML_WITH_ONE(nvmlDeviceIsMigDeviceHandle, get<Cost::kNone>, always(0))

// MIG may be on, but there are no instances.
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned,
                                                 nvmlDevice_t* instance) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    if (instance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return gpu.scenario().mig ? NVML_ERROR_NOT_FOUND : NVML_ERROR_NOT_SUPPORTED;
  });
}

NVML_WITH_ONE(nvmlDeviceGetDeviceHandleFromMigDeviceHandle, not_supported<Cost::kNone>)
NVML_WITH_ONE(nvmlDeviceGetGpuInstanceId, not_supported<Cost::kNone>)
NVML_WITH_ONE(nvmlDeviceGetComputeInstanceId, not_supported<Cost::kNone>)
