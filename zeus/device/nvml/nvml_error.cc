// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_error.h"

#include "zeus/error.h"

namespace zeus::nvml {
namespace {

const char* remedy(Return code) {
  switch (code) {
    case kUninitialized:
      return "another library in this process shut NVML down (nvmlShutdown), and zeus could "
             "not initialize it again";
    case kNoPermission:
      return "this needs root or CAP_SYS_ADMIN: run as root, or in a container with "
             "--cap-add SYS_ADMIN";
    case kGpuIsLost:
      return "the GPU has fallen off the bus: see the kernel's log (dmesg) for an Xid, then "
             "reboot; until then leave it out with gpu_indices or CUDA_VISIBLE_DEVICES";
    case kResetRequired:
      return "reset the GPU (as root: nvidia-smi --gpu-reset) or reboot; until then leave it out "
             "with gpu_indices or CUDA_VISIBLE_DEVICES";
    case kUnknown:
      return "in a container, its access to the GPU was probably withdrawn (\"systemctl "
             "daemon-reload\" on the host does that): restart the container; elsewhere see the "
             "kernel's log (dmesg)";
    case kLibRmVersionMismatch:
      return "driver and library are of different versions: reboot, or reload the nvidia module";
    default:
      return "";
  }
}

}  // namespace

const char* remedy_for_init(Return code) {
  switch (code) {
    case kDriverNotLoaded:
      return "the nvidia kernel module is not loaded: load it (as root: modprobe nvidia) or "
             "install "
             "the driver";
    case kLibraryNotFound:
    case kFunctionNotFound:
      return "this may be the CUDA toolkit's stub: remove its folder from LD_LIBRARY_PATH";
    case kNoPermission:
      return "this process may not open /dev/nvidiactl: check the device files' rights, or start "
             "the "
             "container with its GPUs";
    default:
      return remedy(code);
  }
}

const char* command_for_init(Return code) {
  return code == kDriverNotLoaded ? "sudo modprobe nvidia" : "";
}

std::string message_of(const Failure& failure) {
  std::string message = failure.subject + ": " + failure.call + ": ";
  message += failure.answer.empty() ? "failed" : failure.answer;
  message += " (NVML code " + std::to_string(failure.code) + ")";
  if (!failure.detail.empty()) message += "; " + failure.detail;
  if (const std::string what_to_do = remedy(failure.code); !what_to_do.empty()) {
    message += "; " + what_to_do;
  }
  return message;
}

void throw_error(Return code, const std::string& call, const std::string& message) {
  switch (code) {
    case kUninitialized:
      throw ZeusGPUInitError(message, code, call);
    case kInvalidArgument:
      throw ZeusGPUInvalidArgError(message, code, call);
    case kNotSupported:
      throw ZeusGPUNotSupportedError(message, code, call);
    case kNoPermission:
      throw ZeusGPUNoPermissionError(message, code, call);
    case kAlreadyInitialized:
      throw ZeusGPUAlreadyInitializedError(message, code, call);
    case kNotFound:
      throw ZeusGPUNotFoundError(message, code, call);
    case kInsufficientSize:
      throw ZeusGPUInsufficientSizeError(message, code, call);
    case kInsufficientPower:
      throw ZeusGPUInsufficientPowerError(message, code, call);
    case kDriverNotLoaded:
      throw ZeusGPUDriverNotLoadedError(message, code, call);
    case kTimeout:
      throw ZeusGPUTimeoutError(message, code, call);
    case kIrqIssue:
      throw ZeusGPUIRQError(message, code, call);
    case kLibraryNotFound:
      throw ZeusGPULibraryNotFoundError(message, code, call);
    case kFunctionNotFound:
      throw ZeusGPUFunctionNotFoundError(message, code, call);
    case kCorruptedInforom:
      throw ZeusGPUCorruptedInfoROMError(message, code, call);
    case kGpuIsLost:
      throw ZeusGPULostError(message, code, call);
    case kResetRequired:
      throw ZeusGPUResetRequiredError(message, code, call);
    case kOperatingSystem:
      throw ZeusGPUOperatingSystemError(message, code, call);
    case kLibRmVersionMismatch:
      throw ZeusGPULibRMVersionMismatchError(message, code, call);
    case kMemory:
      throw ZeusGPUMemoryError(message, code, call);
    default:
      throw ZeusGPUUnknownError(message, code, call);
  }
}

void throw_error(const Failure& failure) {
  throw_error(failure.code, failure.call, message_of(failure));
}

}  // namespace zeus::nvml
