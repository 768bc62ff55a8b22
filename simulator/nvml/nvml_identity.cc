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

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

// The first GPU sits at bus 1, the others at every third bus after it.
unsigned bus_of(unsigned index) { return 1 + 3 * index; }

struct BusAddress {
  unsigned domain = 0;
  unsigned bus = 0;
  unsigned device = 0;
  bool operator==(const BusAddress&) const = default;
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

// The first GPU whose index is the wanted one.
template <class IsWanted>
nvmlReturn_t find_handle(const Driver& driver, nvmlDevice_t* device, IsWanted&& is_wanted) {
  for (unsigned i = 0; i < driver.gpu_count(); ++i) {
    if (!is_wanted(i)) continue;
    *device = &device_handles()[i];
    return NVML_SUCCESS;
  }
  return NVML_ERROR_NOT_FOUND;
}

unsigned own_index(const SimulatedGpu& gpu) { return gpu.index; }
std::string_view name_of(const SimulatedGpu& gpu) { return gpu.scenario().name; }
std::string_view uuid_of(const SimulatedGpu& gpu) { return gpu.scenario().uuid; }
unsigned architecture_of(const SimulatedGpu& gpu) { return gpu.model().architecture; }

nvmlPciInfo_t pci_of(const SimulatedGpu& gpu) {
  nvmlPciInfo_t info{};
  info.bus = bus_of(gpu.index);
  info.pciDeviceId = gpu.model().pci_device_id;
  info.pciSubSystemId = 0x124910DE;
  std::snprintf(info.busIdLegacy, sizeof(info.busIdLegacy), "0000:%02X:00.0", info.bus);
  std::snprintf(info.busId, sizeof(info.busId), "00000000:%02X:00.0", info.bus);
  return info;
}

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
    return find_handle(driver, device,
                       [&](unsigned i) { return driver.scenario().gpus[i].uuid == uuid; });
  });
}

nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, nvmlDevice_t* device) {
  return system_call(__func__, [&](Driver& driver) {
    if (bus_id == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const std::optional<BusAddress> address = parse_bus_address(bus_id);
    if (!address) return NVML_ERROR_INVALID_ARGUMENT;
    return find_handle(driver, device, [&](unsigned i) {
      return *address == BusAddress{0, bus_of(i), 0};
    });
  });
}

NVML_WITH_ONE(nvmlDeviceGetIndex, get<Cost::kNone>, own_index)
NVML_WITH_ONE(nvmlDeviceGetMinorNumber, get<Cost::kNone>, own_index)
NVML_WITH_TWO(nvmlDeviceGetName, get_text, name_of)
NVML_WITH_TWO(nvmlDeviceGetUUID, get_text, uuid_of)
NVML_WITH_ONE(nvmlDeviceGetPciInfo_v3, get<Cost::kNone>, pci_of)
NVML_WITH_ONE(nvmlDeviceGetArchitecture, get<Cost::kNone>, architecture_of)
