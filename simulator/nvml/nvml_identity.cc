// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::copy_text;
using simulator::Cost;
using simulator::device_call;
using simulator::device_handles;
using simulator::Driver;
using simulator::get;
using simulator::SimulatedGpu;
using simulator::system_call;

namespace {

// The first GPU sits at bus 1, the others at every third bus after it.
unsigned bus_of(unsigned index) { return 1 + 3 * index; }

struct BusAddress {
  unsigned domain = 0;
  unsigned bus = 0;
  unsigned device = 0;
};

// An address in one of NVML's forms, all numbers in hexadecimal: domain:bus:device.function,
// domain:bus:device, bus:device.function.
std::optional<BusAddress> parse_bus_address(std::string_view text) {
  std::array<unsigned, 4> numbers{};
  std::string separators;
  std::size_t count = 0;
  for (const char* at = text.data(); count < numbers.size();) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(at, end, numbers.at(count), 16);
    if (parsed.ec != std::errc()) return std::nullopt;
    ++count;
    if (parsed.ptr == end) break;
    separators += *parsed.ptr;
    at = parsed.ptr + 1;
  }
  if (separators == "::." || (separators == "::" && count == 3)) {
    return BusAddress{numbers[0], numbers[1], numbers[2]};
  }
  if (separators == ":." && count == 3) return BusAddress{0, numbers[0], numbers[1]};
  return std::nullopt;
}

nvmlReturn_t get_count(const char* function, unsigned* count) {
  return system_call(function, [&](Driver& driver) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *count = driver.gpu_count();
    return NVML_SUCCESS;
  });
}

nvmlReturn_t get_handle(const char* function, unsigned index, nvmlDevice_t* device) {
  const auto find = [&](const Driver& driver) {
    if (device == nullptr || index >= driver.gpu_count()) return NVML_ERROR_INVALID_ARGUMENT;
    *device = &device_handles()[index];
    return NVML_SUCCESS;
  };
  return system_call(function, find, index);
}

unsigned index_of(const SimulatedGpu& gpu) { return gpu.index; }

}  // namespace

nvmlReturn_t nvmlDeviceGetCount(unsigned* count) { return get_count(__func__, count); }
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) { return get_count(__func__, count); }

nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t* device) {
  return get_handle(__func__, index, device);
}
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device) {
  return get_handle(__func__, index, device);
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  return system_call(__func__, [&](Driver& driver) {
    if (uuid == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    for (unsigned i = 0; i < driver.gpu_count(); ++i) {
      if (driver.scenario().gpus[i].uuid != uuid) continue;
      *device = &device_handles()[i];
      return NVML_SUCCESS;
    }
    return NVML_ERROR_NOT_FOUND;
  });
}

nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, nvmlDevice_t* device) {
  return system_call(__func__, [&](Driver& driver) {
    if (bus_id == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const std::optional<BusAddress> address = parse_bus_address(bus_id);
    if (!address) return NVML_ERROR_INVALID_ARGUMENT;
    for (unsigned i = 0; i < driver.gpu_count(); ++i) {
      if (address->domain != 0 || address->bus != bus_of(i) || address->device != 0) continue;
      *device = &device_handles()[i];
      return NVML_SUCCESS;
    }
    return NVML_ERROR_NOT_FOUND;
  });
}

nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned* index) {
  return get(__func__, device, Cost::kNone, index, index_of);
}
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned* number) {
  return get(__func__, device, Cost::kNone, number, index_of);
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned length) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    return copy_text(gpu.scenario().name, name, length);
  });
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned length) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    return copy_text(gpu.scenario().uuid, uuid, length);
  });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return get(__func__, device, Cost::kNone, pci, [](const SimulatedGpu& gpu) {
    nvmlPciInfo_t info{};
    info.bus = bus_of(gpu.index);
    info.pciDeviceId = gpu.model().pci_device_id;
    info.pciSubSystemId = 0x124910DE;
    std::snprintf(info.busIdLegacy, sizeof(info.busIdLegacy), "0000:%02X:00.0", info.bus);
    std::snprintf(info.busId, sizeof(info.busId), "00000000:%02X:00.0", info.bus);
    return info;
  });
}

nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch) {
  return get(__func__, device, Cost::kNone, arch,
             [](const SimulatedGpu& gpu) { return gpu.model().architecture; });
}

// Only Grace has the link.
nvmlReturn_t nvmlDeviceGetC2cModeInfoV(nvmlDevice_t device, nvmlC2cModeInfo_v1_t* info) {
  return simulator::not_supported(__func__, device, Cost::kNone, info);
}
