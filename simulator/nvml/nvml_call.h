// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What every NVML function does first: is the driver initialized, is the handle valid, does
// the call take time, is it ordered to fail. Nothing is thrown across the C ABI.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "simulator/nvml/attachment.h"
#include "simulator/nvml/nvml_abi.h"

// A handle is the address of one of these. The same in every process and after every nvmlInit.
struct nvmlDevice_st {
  unsigned index;
};

namespace simulator {

inline std::array<nvmlDevice_st, kMaxGpus>& device_handles() {
  static auto handles = [] {
    std::array<nvmlDevice_st, kMaxGpus> all{};
    for (unsigned i = 0; i < kMaxGpus; ++i) all[i].index = i;
    return all;
  }();
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

// What body() answers. Nothing that it throws gets out.
template <class Body>
nvmlReturn_t guarded(Body&& body) noexcept {
  const InsideDriver inside;
  try {
    return body();
  } catch (...) {
    return NVML_ERROR_UNKNOWN;
  }
}

// body(Driver&) answers a call that has no handle; `gpu` is the one that it is about, if any.
template <class Body>
nvmlReturn_t system_call(const char* function, Body&& body,
                         std::optional<unsigned> gpu = std::nullopt) noexcept {
  return guarded([&] {
    const std::shared_ptr<Driver> driver = initialized_driver();
    if (!driver) return NVML_ERROR_UNINITIALIZED;
    const Verdict verdict = driver->verdict_on(function, gpu);
    driver->suffer(verdict, gpu);
    return verdict.code != NVML_SUCCESS ? verdict.code : body(*driver);
  });
}

// body(SimulatedGpu) answers a call for `device`.
template <class Body>
nvmlReturn_t device_call(const char* function, nvmlDevice_t device, Cost cost,
                         Body&& body) noexcept {
  return guarded([&] {
    const std::shared_ptr<Driver> driver = initialized_driver();
    if (!driver) return NVML_ERROR_UNINITIALIZED;
    const std::optional<unsigned> index = index_of(*driver, device);
    if (!index) return NVML_ERROR_INVALID_ARGUMENT;
    const Verdict verdict = driver->verdict_on(function, index);
    driver->suffer(verdict, index);
    spend(*driver, cost);
    if (verdict.code != NVML_SUCCESS) return verdict.code;
    // What says that it is done and does nothing is still refused where it would have been.
    return body(SimulatedGpu{*driver, *index, verdict.is_ignored});
  });
}

// Gives what was found, or what it is in an optional where some GPUs have none.
template <class Value, class Found>
nvmlReturn_t put(Value* to, const Found& found) {
  if constexpr (requires { found.has_value(); }) {
    return found ? put(to, *found) : NVML_ERROR_NOT_SUPPORTED;
  } else {
    *to = static_cast<Value>(found);
    return NVML_SUCCESS;
  }
}

// A device_call that gives one value, answer(SimulatedGpu). Without `to` it is refused.
template <Cost cost, class Value, class Answer>
nvmlReturn_t get(const char* function, nvmlDevice_t device, Value* to, Answer&& answer) noexcept {
  return device_call(function, device, cost, [&](const SimulatedGpu& gpu) {
    return to == nullptr ? NVML_ERROR_INVALID_ARGUMENT : put(to, answer(gpu));
  });
}

// One for a value of which there are several, from 0 to `last`: answer(SimulatedGpu, which).
template <Cost cost, class Which, class Value, class Answer>
nvmlReturn_t get_one_of(const char* function, nvmlDevice_t device, Which which, Value* to, int last,
                        Answer&& answer) noexcept {
  return device_call(function, device, cost, [&](const SimulatedGpu& gpu) {
    // A C program may pass any number.
    const auto number = static_cast<int>(which);
    if (to == nullptr || number < 0 || number > last) return NVML_ERROR_INVALID_ARGUMENT;
    return put(to, answer(gpu, number));
  });
}

// One that gives two: answer(SimulatedGpu) is a pair of them.
template <Cost cost, class First, class Second, class Answer>
nvmlReturn_t get(const char* function, nvmlDevice_t device, First* first, Second* second,
                 Answer&& answer) noexcept {
  return device_call(function, device, cost, [&](const SimulatedGpu& gpu) {
    if (first == nullptr || second == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const auto [one, other] = answer(gpu);
    *first = static_cast<First>(one);
    *second = static_cast<Second>(other);
    return NVML_SUCCESS;
  });
}

// The answer that is the same on every GPU.
template <class Value>
auto always(Value value) {
  return [value](const SimulatedGpu&) { return value; };
}

// For what no GPU here has.
template <Cost cost, class... Value>
nvmlReturn_t not_supported(const char* function, nvmlDevice_t device, const Value*... to) noexcept {
  return device_call(function, device, cost, [&](const SimulatedGpu&) {
    return ((to == nullptr) || ...) ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED;
  });
}

inline nvmlReturn_t copy_text(std::string_view text, char* to, unsigned length) {
  if (to == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (text.size() + 1 > length) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(to, text.data(), text.size());
  to[text.size()] = '\0';
  return NVML_SUCCESS;
}

// For texts: answer(SimulatedGpu) is the text.
template <class Answer>
nvmlReturn_t get_text(const char* function, nvmlDevice_t device, char* to, unsigned length,
                      Answer&& answer) noexcept {
  return device_call(function, device, Cost::kNone,
                     [&](const SimulatedGpu& gpu) { return copy_text(answer(gpu), to, length); });
}

// The types of what an NVML function takes besides its device.
template <class Function>
struct Parameters;
template <class First>
struct Parameters<nvmlReturn_t(nvmlDevice_t, First)> {
  using first = First;
};
template <class First, class Second>
struct Parameters<nvmlReturn_t(nvmlDevice_t, First, Second)> {
  using first = First;
  using second = Second;
};

}  // namespace simulator

// Define the NVML function of that name, which takes a device and one or two parameters more: it
// returns answer(name, device, parameters..., what follows here...).
#define NVML_WITH_ONE(name, answer, ...)                                                     \
  nvmlReturn_t name(nvmlDevice_t device, simulator::Parameters<decltype(name)>::first one) { \
    return answer(#name, device, one __VA_OPT__(, ) __VA_ARGS__);                            \
  }
#define NVML_WITH_TWO(name, answer, ...)                                                   \
  nvmlReturn_t name(nvmlDevice_t device, simulator::Parameters<decltype(name)>::first one, \
                    simulator::Parameters<decltype(name)>::second other) {                 \
    return answer(#name, device, one, other __VA_OPT__(, ) __VA_ARGS__);                   \
  }
