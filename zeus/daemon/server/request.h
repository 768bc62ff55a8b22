// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a client asks for, from the first line of its HTTP request: the method, and the path with
// its query. Everything that is not exactly as docs/zeusd.md has it is refused with one sentence:
// a parameter that is misspelt must not be one that is left out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zeus::daemon {

enum class Endpoint {
  kDiscover,
  kTime,
  kWhoAmI,
  kMetrics,
  kSetPowerLimit,
  kSetPersistenceMode,
  kSetGpuLockedClocks,
  kSetMemLockedClocks,
  kResetGpuLockedClocks,
  kResetMemLockedClocks,
  kResetLockedClocks,
  kGetGpuEnergy,
  kGetGpuPower,
  kStreamGpuPower,
  kGetPowerLimit,
  kGetPowerLimitConstraints,
  kGetPersistenceMode,
  kGetCpuEnergy,
  kGetCpuPower,
  kStreamCpuPower,
  kListLeases,
  kAcquireLease,
  kHeartbeat,
  kReleaseLease,
  kRestore,
};

// What `--enable` names; kAlways can't be turned off.
enum class ApiGroup { kAlways, kGpuControl, kGpuRead, kCpuRead };

struct Request {
  Endpoint endpoint = Endpoint::kDiscover;
  ApiGroup group = ApiGroup::kAlways;
  // As the client wrote them: indices, or UUIDs of GPUs. Nothing: all.
  std::optional<std::vector<std::string>> devices{};
  bool block = true;
  bool persist = false;
  bool until_disconnect = false;
  bool enabled = false;
  bool cpu = false;
  bool dram = false;
  std::uint32_t power_limit_mw = 0;
  std::uint32_t min_clock_mhz = 0;
  std::uint32_t max_clock_mhz = 0;
  std::optional<std::uint32_t> length_s{};
};

// `status`: 400 (bad), 404 (no such path), 405 (another method) or 414 (too long).
class RequestError : public std::runtime_error {
 public:
  RequestError(int status, const std::string& sentence)
      : std::runtime_error(sentence), status_(status) {}
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

// `target`: path and query as they were sent, for example "/gpu/get_power?gpu_ids=0%2C1".
[[nodiscard]] Request parse_request(std::string_view method, std::string_view target);

// Of the endpoint, for logs: "set_power_limit".
[[nodiscard]] std::string_view name_of(Endpoint endpoint);

// "gpu-control"; empty for kAlways.
[[nodiscard]] std::string_view name_of(ApiGroup group);

}  // namespace zeus::daemon
