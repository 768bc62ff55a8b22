// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of NVML's binary interface that this library calls, declared here so that no NVIDIA
// header is needed to build it. The interface is stable: a function that changes gets a new suffix
// (_v2, _v3). Source: https://docs.nvidia.com/deploy/nvml-api (nvml.h). Power is in mW, energy in
// mJ; they are converted in nvml_gpu.cc.
#pragma once

#include <cstddef>

namespace zeus::nvml {

struct OpaqueDevice;
using Device = OpaqueDevice*;

// nvmlReturn_t. A plain int: newer drivers answer codes that are not in this list.
using Return = int;
inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNoPermission = 4;
inline constexpr Return kAlreadyInitialized = 5;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kInsufficientPower = 8;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kTimeout = 10;
inline constexpr Return kIrqIssue = 11;
inline constexpr Return kLibraryNotFound = 12;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kCorruptedInforom = 14;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kResetRequired = 16;
inline constexpr Return kOperatingSystem = 17;
inline constexpr Return kLibRmVersionMismatch = 18;
inline constexpr Return kInUse = 19;
inline constexpr Return kMemory = 20;
inline constexpr Return kNoData = 21;
inline constexpr Return kArgumentVersionMismatch = 25;
inline constexpr Return kUnknown = 999;

// nvmlDeviceArchitecture_t.
inline constexpr unsigned kArchKepler = 2;
inline constexpr unsigned kArchMaxwell = 3;
inline constexpr unsigned kArchPascal = 4;
inline constexpr unsigned kArchVolta = 5;
inline constexpr unsigned kArchTuring = 6;
inline constexpr unsigned kArchAmpere = 7;
inline constexpr unsigned kArchAda = 8;
inline constexpr unsigned kArchHopper = 9;
inline constexpr unsigned kArchBlackwell = 10;

inline constexpr std::size_t kNameSize = 96;           // NVML_DEVICE_NAME_V2_BUFFER_SIZE
inline constexpr std::size_t kUuidSize = 96;           // NVML_DEVICE_UUID_V2_BUFFER_SIZE
inline constexpr std::size_t kDriverVersionSize = 80;  // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE

inline constexpr unsigned kFeatureDisabled = 0;  // NVML_FEATURE_DISABLED
inline constexpr unsigned kFeatureEnabled = 1;   // NVML_FEATURE_ENABLED
inline constexpr unsigned kMigEnabled = 1;       // NVML_DEVICE_MIG_ENABLE
inline constexpr unsigned kTemperatureGpu = 0;   // NVML_TEMPERATURE_GPU

inline constexpr unsigned kClockSm = 1;  // NVML_CLOCK_SM

// nvmlDeviceGetCurrentClocksEventReasons(): what holds the clock down.
inline constexpr unsigned long long kReasonIdle = 0x1;
inline constexpr unsigned long long kReasonSwPowerCap = 0x4;
inline constexpr unsigned long long kReasonHwSlowdown = 0x8;
inline constexpr unsigned long long kReasonSwThermal = 0x20;
inline constexpr unsigned long long kReasonHwThermal = 0x40;
inline constexpr unsigned long long kReasonHwPowerBrake = 0x80;

// nvmlPciInfo_t.
struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);

// nvmlTemperature_v1_t; `version` carries the size and the number of the layout.
struct Temperature {
  unsigned version;
  unsigned sensor;
  int celsius;
};
inline constexpr unsigned kTemperatureVersion =
    static_cast<unsigned>(sizeof(Temperature)) | (1U << 24U);
static_assert(sizeof(Temperature) == 12);

// Fields of nvmlDeviceGetFieldValues() and their scopes.
inline constexpr unsigned kFieldPowerAverage = 185;  // NVML_FI_DEV_POWER_AVERAGE
inline constexpr unsigned kFieldPowerInstant = 186;  // NVML_FI_DEV_POWER_INSTANT
inline constexpr unsigned kScopeGpu = 0;             // NVML_POWER_SCOPE_GPU
inline constexpr unsigned kScopeModule = 1;          // NVML_POWER_SCOPE_MODULE
inline constexpr unsigned kScopeMemory = 2;          // NVML_POWER_SCOPE_MEMORY

// nvmlFieldValue_t. `code` is this entry's own; `value` holds nothing unless that is kSuccess.
struct FieldValue {
  unsigned field;
  unsigned scope;
  long long timestamp_us;
  long long latency_us;
  unsigned value_type;
  Return code;
  union {
    double as_double;
    unsigned as_unsigned;
    unsigned long long as_unsigned_long_long;
  } value;
};
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, value) == 32);

}  // namespace zeus::nvml
