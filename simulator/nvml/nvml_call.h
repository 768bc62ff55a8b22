// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What every NVML function does first: is the driver initialized, is the handle one of ours, does
// the call take time, is it ordered to fail. Nothing is thrown across the C ABI.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "simulator/nvml/attachment.h"
#include "simulator/nvml/inside_driver.h"
#include "simulator/nvml/nvml_abi.h"

// A handle is the address of one of these. The same in every process and after every nvmlInit.
struct nvmlDevice_st {
  unsigned index;
};

namespace simulator {

inline nvmlDevice_st* device_handles() {
  static nvmlDevice_st handles[SharedState::kMaxGpus] = {
      {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}, {14}, {15}};
  return handles;
}

inline std::optional<unsigned> index_of(const Driver& driver, nvmlDevice_t device) {
  for (unsigned i = 0; i < driver.gpu_count(); ++i) {
    if (device == &device_handles()[i]) return i;
  }
  return std::nullopt;
}

enum class Cost { kNone, kRead, kWrite };

inline void spend(Driver& driver, Cost cost) {
  if (cost == Cost::kRead) driver.spend(driver.scenario().read_latency_ns);
  if (cost == Cost::kWrite) driver.spend(driver.scenario().write_latency_ns);
}

// body(Driver&) answers a call that has no handle; `gpu` is the one that it is about, if any.
template <class Body>
nvmlReturn_t system_call(const char* function, Body&& body,
                         std::optional<unsigned> gpu = std::nullopt) noexcept {
  const InsideDriver inside;
  try {
    const std::shared_ptr<Driver> driver = initialized_driver();
    if (!driver) return NVML_ERROR_UNINITIALIZED;
    const Verdict verdict = driver->verdict_on(function, gpu);
    driver->suffer(verdict, gpu);
    return verdict.code != NVML_SUCCESS ? verdict.code : body(*driver);
  } catch (...) {
    return NVML_ERROR_UNKNOWN;
  }
}

// body(Driver&, index) answers a call for `device`.
template <class Body>
nvmlReturn_t device_call(const char* function, nvmlDevice_t device, Cost cost,
                         Body&& body) noexcept {
  const InsideDriver inside;
  try {
    const std::shared_ptr<Driver> driver = initialized_driver();
    if (!driver) return NVML_ERROR_UNINITIALIZED;
    const std::optional<unsigned> index = index_of(*driver, device);
    if (!index) return NVML_ERROR_INVALID_ARGUMENT;
    const Verdict verdict = driver->verdict_on(function, index);
    driver->suffer(verdict, index);
    spend(*driver, cost);
    if (verdict.code != NVML_SUCCESS) return verdict.code;
    // What says that it is done and does nothing is still refused where it would have been.
    const IgnoredChanges ignored(verdict.is_ignored);
    return body(*driver, *index);
  } catch (...) {
    return NVML_ERROR_UNKNOWN;
  }
}

inline nvmlReturn_t copy_text(std::string_view text, char* to, unsigned length) {
  if (to == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (text.size() + 1 > length) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(to, text.data(), text.size());
  to[text.size()] = '\0';
  return NVML_SUCCESS;
}

}  // namespace simulator
