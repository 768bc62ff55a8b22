// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Drivers with less in them than the simulated one, built from this file:
// - as it is, a driver from before energy counters and field values: it has few functions;
// - with ODD_DRIVER_IS_GRACE_HOPPER, one that gives power for the whole module only;
// - with ODD_DRIVER_RENEWS_HANDLES, one whose handles are other ones after each first init.
// Of its two GPUs the second is lost.
#include <array>
#include <cstddef>
#include <cstring>

#include "zeus/device/nvml/nvml_abi.h"

namespace nvml = zeus::nvml;

namespace {

int open_sessions = 0;
int times_started = 0;
#ifdef ODD_DRIVER_RENEWS_HANDLES
std::array<int, 8> handles{};
#else
int first_gpu = 0;
#endif

int copy(const char* text, char* buffer, unsigned size) {
  if (size <= std::strlen(text)) return nvml::kInsufficientSize;
  std::strcpy(buffer, text);
  return nvml::kSuccess;
}

#ifdef ODD_DRIVER_RENEWS_HANDLES
void* first_handle() { return &handles.at(static_cast<std::size_t>(times_started)); }
#else
void* first_handle() { return &first_gpu; }
#endif

}  // namespace

extern "C" {

int odd_driver_open_sessions() { return open_sessions; }

int nvmlInit_v2() {
  if (open_sessions == 0) ++times_started;
  ++open_sessions;
  return nvml::kSuccess;
}

int nvmlShutdown() {
  if (open_sessions == 0) return nvml::kUninitialized;
  --open_sessions;
  return nvml::kSuccess;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return open_sessions > 0 ? nvml::kSuccess : nvml::kUninitialized;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = first_handle();
  return index == 0 ? nvml::kSuccess : nvml::kGpuIsLost;
}

int nvmlDeviceGetName(void*, char* name, unsigned size) { return copy("Odd GPU", name, size); }

int nvmlDeviceGetUUID(void*, char* uuid, unsigned size) { return copy("GPU-0dd", uuid, size); }

int nvmlDeviceGetTemperature(void*, unsigned sensor, unsigned* celsius) {
  *celsius = 41;
  return sensor == nvml::kTemperatureGpu ? nvml::kSuccess : nvml::kInvalidArgument;
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  *milliwatts = 71'500;
  if (open_sessions == 0) return nvml::kUninitialized;
  return device == first_handle() ? nvml::kSuccess : nvml::kInvalidArgument;
}

#ifdef ODD_DRIVER_RENEWS_HANDLES

int nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  if (open_sessions == 0) return nvml::kUninitialized;
  if (std::strcmp(uuid, "GPU-0dd") != 0) return nvml::kNotFound;
  *device = first_handle();
  return nvml::kSuccess;
}

#endif

#ifdef ODD_DRIVER_IS_GRACE_HOPPER

int nvmlDeviceGetArchitecture(void*, unsigned* number) {
  *number = nvml::kArchHopper;
  return nvml::kSuccess;
}

int nvmlDeviceGetFieldValues(void*, int count, nvml::FieldValue* entries) {
  for (int i = 0; i < count; ++i) {
    const bool is_module = entries[i].scope == nvml::kScopeModule;
    entries[i].code = is_module ? nvml::kSuccess : nvml::kNotSupported;
    entries[i].value_type = 1;  // unsigned int
    entries[i].value.as_unsigned = entries[i].field == nvml::kFieldPowerInstant ? 612'345 : 598'000;
  }
  return nvml::kSuccess;
}

int nvmlDeviceGetTotalEnergyConsumption(void*, unsigned long long* millijoules) {
  *millijoules = 18'446'744'073'709'551'615ULL;
  return nvml::kSuccess;
}

int nvmlDeviceGetPowerManagementLimit(void*, unsigned* milliwatts) {
  *milliwatts = 612'345;
  return nvml::kSuccess;
}

int nvmlDeviceGetPowerManagementLimitConstraints(void*, unsigned* min, unsigned* max) {
  *min = 200'000;
  *max = 4'294'967'295;
  return nvml::kSuccess;
}

#endif

}  // extern "C"
