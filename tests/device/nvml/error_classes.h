// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every code of NVML 13 and the error class that it must become, written from the list of
// zeus/error.h and the Python package's, not from the library's own table.
#pragma once

#include <functional>
#include <map>
#include <typeinfo>

#include "zeus/error.h"

namespace zeus {

using IsClass = std::function<bool(const ZeusBaseGPUError&)>;

template <class Error>
IsClass exactly() {
  return [](const ZeusBaseGPUError& error) { return typeid(error) == typeid(Error); };
}

inline const std::map<int, IsClass>& error_classes() {
  static const std::map<int, IsClass> classes = {
      {1, exactly<ZeusGPUInitError>()},
      {2, exactly<ZeusGPUInvalidArgError>()},
      {3, exactly<ZeusGPUNotSupportedError>()},
      {4, exactly<ZeusGPUNoPermissionError>()},
      {5, exactly<ZeusGPUAlreadyInitializedError>()},
      {6, exactly<ZeusGPUNotFoundError>()},
      {7, exactly<ZeusGPUInsufficientSizeError>()},
      {8, exactly<ZeusGPUInsufficientPowerError>()},
      {9, exactly<ZeusGPUDriverNotLoadedError>()},
      {10, exactly<ZeusGPUTimeoutError>()},
      {11, exactly<ZeusGPUIRQError>()},
      {12, exactly<ZeusGPULibraryNotFoundError>()},
      {13, exactly<ZeusGPUFunctionNotFoundError>()},
      {14, exactly<ZeusGPUCorruptedInfoROMError>()},
      {15, exactly<ZeusGPULostError>()},
      {16, exactly<ZeusGPUResetRequiredError>()},
      {17, exactly<ZeusGPUOperatingSystemError>()},
      {18, exactly<ZeusGPULibRMVersionMismatchError>()},
      {19, exactly<ZeusGPUUnknownError>()},
      {20, exactly<ZeusGPUMemoryError>()},
      {21, exactly<ZeusGPUUnknownError>()},
      {22, exactly<ZeusGPUUnknownError>()},
      {23, exactly<ZeusGPUUnknownError>()},
      {24, exactly<ZeusGPUUnknownError>()},
      {25, exactly<ZeusGPUUnknownError>()},
      {26, exactly<ZeusGPUUnknownError>()},
      {27, exactly<ZeusGPUUnknownError>()},
      {28, exactly<ZeusGPUUnknownError>()},
      {29, exactly<ZeusGPUUnknownError>()},
      {30, exactly<ZeusGPUUnknownError>()},
      {999, exactly<ZeusGPUUnknownError>()},
  };
  return classes;
}

}  // namespace zeus
