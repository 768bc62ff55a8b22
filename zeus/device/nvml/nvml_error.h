// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// NVML's return codes as this library's errors (zeus/error.h): the one place where they meet.
#pragma once

#include <string>

#include "zeus/device/nvml/nvml_abi.h"

namespace zeus::nvml {

// A call that the driver refused.
struct Failure {
  Return code = kUnknown;
  std::string call{};     // the function, for example "nvmlDeviceSetPowerManagementLimit"
  std::string subject{};  // what it was about, for example "GPU 0 (Tesla V100, GPU-…)"
  std::string answer{};   // the driver's own words for the code; may be empty
  std::string detail{};   // what the caller adds; may be empty
};

// One line: subject, call, the driver's words, code, and what to do where something helps.
[[nodiscard]] std::string message_of(const Failure& failure);

// Throws the error class of `code`, with code and call. UNINITIALIZED is a ZeusGPUInitError; codes
// without a class of their own (IN_USE, NO_DATA, …) are ZeusGPUUnknownError, as in the Python
// package.
[[noreturn]] void throw_error(Return code, const std::string& call, const std::string& message);
[[noreturn]] void throw_error(const Failure& failure);

// What to do about a driver that didn't start: in words, and as a command where there is one.
[[nodiscard]] const char* remedy_for_init(Return code);
[[nodiscard]] const char* command_for_init(Return code);

}  // namespace zeus::nvml
