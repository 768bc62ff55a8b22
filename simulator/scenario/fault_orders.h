// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a scenario orders to go wrong, and when. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace simulator {

// From the `call`-th use on (1 is the first), `count` times; or from a time on, for a while. With
// both, uses count from that time on.
struct FaultTrigger {
  std::optional<unsigned> gpu;  // only this one's uses count
  std::uint64_t call = 1;
  std::optional<std::uint64_t> count;    // none: for ever
  std::optional<std::int64_t> after_ns;  // since the machine's beginning
  std::optional<std::int64_t> for_ns;    // none: for ever
};

// Something about calls of an NVML function.
struct CallFault {
  std::string function;           // "*": any
  std::optional<unsigned> field;  // of nvmlDeviceGetFieldValues: only this entry fails
  FaultTrigger when;
  int code = 0;
  std::int64_t delay_ns = 0;
  bool hangs = false;
  bool is_ignored = false;
  std::optional<std::int64_t> outside_limit_mw;
};

// Something about what the energy counter shows.
struct CounterFault {
  enum class Kind { kJumpsBack, kStuck, kReset, kUnsupported };
  Kind kind = Kind::kJumpsBack;
  std::uint64_t back_mj = 0;
  FaultTrigger when;
};

// A GPU that is lost for good.
struct LostGpu {
  FaultTrigger when;
};

// Somebody else sets a limit, once in a machine, at a time.
struct OutsideWrite {
  std::optional<unsigned> gpu;
  std::int64_t limit_mw = 0;
  std::int64_t after_ns = 0;
};

// Clock event reasons that are shown besides the true ones.
struct EventReasons {
  unsigned long long bits = 0;
  FaultTrigger when;
};

struct FaultOrders {
  std::vector<CallFault> calls;
  std::vector<CounterFault> counters;
  std::vector<LostGpu> losses;
  std::vector<OutsideWrite> outside_writes;  // in the order of their times
  std::vector<EventReasons> event_reasons;
};

class Keys;

// Reads the scenario's list of faults. Throws KeyError.
[[nodiscard]] FaultOrders read_fault_orders(Keys& scenario, std::size_t gpu_count);

}  // namespace simulator
