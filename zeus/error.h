// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything this library throws: one class a kind of failure, with the names that the Python
// package's users know. What a caller got wrong is a ZeusValueError; what a GPU or its driver
// answered is a ZeusBaseGPUError. Messages are one line: what is wrong and what to do.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "zeus/abi.h"

namespace zeus {

class ZeusBaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A parameter, an index or a window's name that cannot be (Python: ValueError).
class ZeusValueError : public ZeusBaseError {
 public:
  using ZeusBaseError::ZeusBaseError;
};

// A file that cannot be read, written or understood. The message names it.
class ZeusFileError : public ZeusBaseError {
 public:
  using ZeusBaseError::ZeusBaseError;
};

// The ranks of a job could not agree, or one of them failed or stayed silent. Every rank throws
// the same message, which names the rank.
class ZeusCommunicatorError : public ZeusBaseError {
 public:
  using ZeusBaseError::ZeusBaseError;
};

// An object was used in a forked child of the process that made it.
class ZeusForkError : public ZeusBaseError {
 public:
  using ZeusBaseError::ZeusBaseError;
};

// What a GPU or its driver answered. `code()` is the vendor's own number (nvmlReturn_t for NVML)
// and `call()` the driver function; 0 and "" where the failure is not a driver's answer.
class ZeusBaseGPUError : public ZeusBaseError {
 public:
  explicit ZeusBaseGPUError(const std::string& message, int code = 0, std::string call = {})
      : ZeusBaseError(message), code_(code), call_(std::move(call)) {}

  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const std::string& call() const { return call_; }

 private:
  int code_;
  std::string call_;
};

// No usable driver, or it did not start.
struct ZeusGPUInitError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
// GPUs that must be alike are not.
struct ZeusGPUHeterogeneousError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
// An energy counter went backwards while a window was open.
struct ZeusGPUCounterError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};

// One class an error code of NVML (nvmlReturn_t in NVIDIA's nvml.h).
struct ZeusGPUInvalidArgError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUNotSupportedError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUNoPermissionError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUAlreadyInitializedError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUNotFoundError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUInsufficientSizeError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUInsufficientPowerError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUDriverNotLoadedError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUTimeoutError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUIRQError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPULibraryNotFoundError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUFunctionNotFoundError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUCorruptedInfoROMError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPULostError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUResetRequiredError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUOperatingSystemError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPULibRMVersionMismatchError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUMemoryError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};
struct ZeusGPUUnknownError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};

// A CPU's energy can't be read.
class ZeusBaseCPUError : public ZeusBaseError {
 public:
  using ZeusBaseError::ZeusBaseError;
};
// This process may not read it.
struct ZeusCPUNoPermissionError : ZeusBaseCPUError {
  using ZeusBaseCPUError::ZeusBaseCPUError;
};

}  // namespace zeus
