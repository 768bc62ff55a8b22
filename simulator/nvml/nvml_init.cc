// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "simulator/nvml/attachment.h"
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

nvmlReturn_t init(const char* function) {
  return guarded([&] { return attach(function); });
}

nvmlReturn_t get_cuda_version(const char* function, int* version) {
  return system_call(function, [&](Driver&) {
    if (version == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *version = 12080;  // 12.8
    return NVML_SUCCESS;
  });
}

constexpr std::pair<nvmlReturn_t, const char*> kErrors[] = {
    {NVML_SUCCESS, "Success"},
    {NVML_ERROR_UNINITIALIZED, "Uninitialized"},
    {NVML_ERROR_INVALID_ARGUMENT, "Invalid Argument"},
    {NVML_ERROR_NOT_SUPPORTED, "Not Supported"},
    {NVML_ERROR_NO_PERMISSION, "Insufficient Permissions"},
    {NVML_ERROR_ALREADY_INITIALIZED, "Already Initialized"},
    {NVML_ERROR_NOT_FOUND, "Not Found"},
    {NVML_ERROR_INSUFFICIENT_SIZE, "Insufficient Size"},
    {NVML_ERROR_INSUFFICIENT_POWER, "Insufficient External Power"},
    {NVML_ERROR_DRIVER_NOT_LOADED, "Driver Not Loaded"},
    {NVML_ERROR_TIMEOUT, "Timeout"},
    {NVML_ERROR_IRQ_ISSUE, "Interrupt Request Issue"},
    {NVML_ERROR_LIBRARY_NOT_FOUND, "NVML Shared Library Not Found"},
    {NVML_ERROR_FUNCTION_NOT_FOUND, "Function Not Found"},
    {NVML_ERROR_CORRUPTED_INFOROM, "Corrupted infoROM"},
    {NVML_ERROR_GPU_IS_LOST, "GPU is lost"},
    {NVML_ERROR_RESET_REQUIRED, "GPU requires reset"},
    {NVML_ERROR_OPERATING_SYSTEM, "GPU access blocked by the operating system"},
    {NVML_ERROR_LIB_RM_VERSION_MISMATCH, "Driver/library version mismatch"},
    {NVML_ERROR_IN_USE, "In use by another client"},
    {NVML_ERROR_MEMORY, "Insufficient Memory"},
    {NVML_ERROR_NO_DATA, "No data"},
    {NVML_ERROR_VGPU_ECC_NOT_SUPPORTED, "vGPU operation not supported with ECC enabled"},
    {NVML_ERROR_INSUFFICIENT_RESOURCES, "Insufficient resources"},
    {NVML_ERROR_FREQ_NOT_SUPPORTED, "Frequency not supported"},
    {NVML_ERROR_ARGUMENT_VERSION_MISMATCH, "Argument version mismatch"},
    {NVML_ERROR_DEPRECATED, "Deprecated"},
    {NVML_ERROR_NOT_READY, "Not ready"},
    {NVML_ERROR_GPU_NOT_FOUND, "GPU not found"},
    {NVML_ERROR_INVALID_STATE, "Invalid state"},
};

}  // namespace

nvmlReturn_t nvmlInit() { return init(__func__); }
nvmlReturn_t nvmlInit_v2() { return init(__func__); }
nvmlReturn_t nvmlInitWithFlags(unsigned flags) {
  if ((flags & ~(0U + NVML_INIT_FLAG_NO_GPUS + NVML_INIT_FLAG_NO_ATTACH)) != 0) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  return init(__func__);
}

nvmlReturn_t nvmlShutdown() { return guarded(detach); }

const char* nvmlErrorString(nvmlReturn_t result) {
  for (const auto& [code, text] : kErrors) {
    if (code == result) return text;
  }
  return "Unknown Error";
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned length) {
  return system_call(__func__, [&](Driver&) { return copy_text("570.86.15", version, length); });
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned length) {
  return system_call(__func__, [&](Driver&) { return copy_text("12.570.86.15", version, length); });
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return get_cuda_version(__func__, version);
}
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return get_cuda_version(__func__, version);
}
