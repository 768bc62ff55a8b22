// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a board is and never changes.
#include <array>
#include <cstdio>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::copy_text;
using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::GpuModel;

namespace {

// answer(GpuModel) gives the value.
template <class Value, class Answer>
nvmlReturn_t get_property(const char* function, nvmlDevice_t device, Value* value, Answer answer) {
  return device_call(function, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (value == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *value = answer(*driver.scenario().gpus[index].model);
    return NVML_SUCCESS;
  });
}

// What only Windows has.
nvmlReturn_t get_driver_model(const char* function, nvmlDevice_t device,
                              const nvmlDriverModel_t* current, const nvmlDriverModel_t* pending) {
  return device_call(function, device, Cost::kNone, [&](Driver&, unsigned) {
    return current == nullptr || pending == nullptr ? NVML_ERROR_INVALID_ARGUMENT
                                                    : NVML_ERROR_NOT_SUPPORTED;
  });
}

nvmlEnableState_t enabled_if(bool on) { return on ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED; }

}  // namespace

nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned int length) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned index) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "13205240%05u", index);
    return copy_text(text.data(), serial, length);
  });
}

nvmlReturn_t nvmlDeviceGetVbiosVersion(nvmlDevice_t device, char* version, unsigned int length) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    return copy_text("88.00.00.00.01", version, length);
  });
}

nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* brand) {
  return get_property(__func__, device, brand, [](const GpuModel& model) {
    return model.name.starts_with("Tesla")    ? NVML_BRAND_TESLA
           : model.name.starts_with("Quadro") ? NVML_BRAND_QUADRO
                                              : NVML_BRAND_NVIDIA;
  });
}

nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  return device_call(__func__, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (major == nullptr || minor == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const GpuModel& model = *driver.scenario().gpus[index].model;
    *major = static_cast<int>(model.compute_major);
    *minor = static_cast<int>(model.compute_minor);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, nvmlComputeMode_t* mode) {
  return get_property(__func__, device, mode,
                      [](const GpuModel&) { return NVML_COMPUTEMODE_DEFAULT; });
}

nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display) {
  return get_property(__func__, device, display,
                      [](const GpuModel& model) { return enabled_if(model.has_display); });
}

nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* is_active) {
  return get_property(__func__, device, is_active,
                      [](const GpuModel&) { return NVML_FEATURE_DISABLED; });
}

nvmlReturn_t nvmlDeviceGetDriverModel(nvmlDevice_t device, nvmlDriverModel_t* current,
                                      nvmlDriverModel_t* pending) {
  return get_driver_model(__func__, device, current, pending);
}
nvmlReturn_t nvmlDeviceGetDriverModel_v2(nvmlDevice_t device, nvmlDriverModel_t* current,
                                         nvmlDriverModel_t* pending) {
  return get_driver_model(__func__, device, current, pending);
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t* current,
                                  nvmlEnableState_t* pending) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *current = *pending = NVML_FEATURE_ENABLED;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t type,
                                         nvmlEccCounterType_t counter, unsigned long long* count) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    const auto known = [](int value) { return value == 0 || value == 1; };
    if (count == nullptr || !known(static_cast<int>(type)) || !known(static_cast<int>(counter))) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *count = 0;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned int* generation) {
  return get_property(__func__, device, generation,
                      [](const GpuModel& model) { return model.pcie_generation; });
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned int* width) {
  return get_property(__func__, device, width, [](const GpuModel&) { return 16U; });
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned int* generation) {
  return get_property(__func__, device, generation,
                      [](const GpuModel& model) { return model.pcie_generation; });
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned int* width) {
  return get_property(__func__, device, width, [](const GpuModel&) { return 16U; });
}

nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter,
                                         unsigned int* kilobytes_per_s) {
  return device_call(__func__, device, Cost::kRead, [&](Driver&, unsigned) {
    const auto which = static_cast<int>(counter);
    if (kilobytes_per_s == nullptr || which < 0 || which > NVML_PCIE_UTIL_RX_BYTES) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *kilobytes_per_s = 0;  // what jobs read is not modelled
    return NVML_SUCCESS;
  });
}
