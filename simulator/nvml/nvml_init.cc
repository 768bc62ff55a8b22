// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/attachment.h"
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Driver;

namespace {

nvmlReturn_t init(const char* function) noexcept {
  const simulator::InsideDriver inside;
  try {
    return simulator::attach(function);
  } catch (...) {
    return NVML_ERROR_UNKNOWN;
  }
}

nvmlReturn_t get_cuda_version(const char* function, int* version) {
  return simulator::system_call(function, [&](Driver&) {
    if (version == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *version = 12080;  // 12.8
    return NVML_SUCCESS;
  });
}

}  // namespace

nvmlReturn_t nvmlInit() { return init(__func__); }
nvmlReturn_t nvmlInit_v2() { return init(__func__); }
nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
  if ((flags & ~(0U + NVML_INIT_FLAG_NO_GPUS + NVML_INIT_FLAG_NO_ATTACH)) != 0) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  return init(__func__);
}

nvmlReturn_t nvmlShutdown() {
  const simulator::InsideDriver inside;
  try {
    return simulator::detach();
  } catch (...) {
    return NVML_ERROR_UNKNOWN;
  }
}

const char* nvmlErrorString(nvmlReturn_t result) {
  switch (result) {
    case NVML_SUCCESS:
      return "Success";
    case NVML_ERROR_UNINITIALIZED:
      return "Uninitialized";
    case NVML_ERROR_INVALID_ARGUMENT:
      return "Invalid Argument";
    case NVML_ERROR_NOT_SUPPORTED:
      return "Not Supported";
    case NVML_ERROR_NO_PERMISSION:
      return "Insufficient Permissions";
    case NVML_ERROR_ALREADY_INITIALIZED:
      return "Already Initialized";
    case NVML_ERROR_NOT_FOUND:
      return "Not Found";
    case NVML_ERROR_INSUFFICIENT_SIZE:
      return "Insufficient Size";
    case NVML_ERROR_INSUFFICIENT_POWER:
      return "Insufficient External Power";
    case NVML_ERROR_DRIVER_NOT_LOADED:
      return "Driver Not Loaded";
    case NVML_ERROR_TIMEOUT:
      return "Timeout";
    case NVML_ERROR_IRQ_ISSUE:
      return "Interrupt Request Issue";
    case NVML_ERROR_LIBRARY_NOT_FOUND:
      return "NVML Shared Library Not Found";
    case NVML_ERROR_FUNCTION_NOT_FOUND:
      return "Function Not Found";
    case NVML_ERROR_CORRUPTED_INFOROM:
      return "Corrupted infoROM";
    case NVML_ERROR_GPU_IS_LOST:
      return "GPU is lost";
    case NVML_ERROR_RESET_REQUIRED:
      return "GPU requires reset";
    case NVML_ERROR_OPERATING_SYSTEM:
      return "GPU access blocked by the operating system";
    case NVML_ERROR_LIB_RM_VERSION_MISMATCH:
      return "Driver/library version mismatch";
    case NVML_ERROR_IN_USE:
      return "In use by another client";
    case NVML_ERROR_MEMORY:
      return "Insufficient Memory";
    case NVML_ERROR_NO_DATA:
      return "No data";
    case NVML_ERROR_VGPU_ECC_NOT_SUPPORTED:
      return "vGPU operation not supported with ECC enabled";
    case NVML_ERROR_INSUFFICIENT_RESOURCES:
      return "Insufficient resources";
    case NVML_ERROR_FREQ_NOT_SUPPORTED:
      return "Frequency not supported";
    case NVML_ERROR_ARGUMENT_VERSION_MISMATCH:
      return "Argument version mismatch";
    case NVML_ERROR_DEPRECATED:
      return "Deprecated";
    case NVML_ERROR_NOT_READY:
      return "Not ready";
    case NVML_ERROR_GPU_NOT_FOUND:
      return "GPU not found";
    case NVML_ERROR_INVALID_STATE:
      return "Invalid state";
    case NVML_ERROR_UNKNOWN:
      break;
  }
  return "Unknown Error";
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return simulator::system_call(
      __func__, [&](Driver&) { return simulator::copy_text("570.86.15", version, length); });
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length) {
  return simulator::system_call(
      __func__, [&](Driver&) { return simulator::copy_text("12.570.86.15", version, length); });
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return get_cuda_version(__func__, version);
}
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return get_cuda_version(__func__, version);
}
