// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/fault_orders.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "simulator/nvml/nvml_functions.h"
#include "simulator/scenario/scenario_keys.h"

namespace simulator {
namespace {

constexpr std::uint64_t kMany = 1ULL << 53U;
constexpr double kSecond = 1e9;
constexpr double kMillisecond = 1e6;

FaultTrigger read_trigger(Keys& keys, std::size_t gpu_count) {
  FaultTrigger when;
  if (const auto index = keys.whole("gpu", 0, gpu_count - 1)) {
    when.gpu = static_cast<unsigned>(*index);
  }
  when.call = keys.whole("call", 1, kMany).value_or(1);
  when.count = keys.whole("count", 1, kMany);
  when.after_ns = keys.time_ns("after_s", kSecond);
  when.for_ns = keys.time_ns("for_s", kSecond);
  if (when.for_ns && !when.after_ns) throw keys.fail("for_s", "needs after_s");
  return when;
}

CounterFault::Kind counter_kind(Keys& keys, const std::string& name) {
  using Kind = CounterFault::Kind;
  for (const auto& [text, kind] :
       {std::pair{"stuck", Kind::kStuck}, std::pair{"reset", Kind::kReset},
        std::pair{"unsupported", Kind::kUnsupported}}) {
    if (name == text) return kind;
  }
  throw keys.fail("counter", "must be \"stuck\", \"reset\" or \"unsupported\"");
}

std::optional<std::int64_t> outside_limit_mw(Keys& keys) {
  const auto watts = keys.number("outside_limit_w", 1, 10'000);
  if (!watts) return std::nullopt;
  return std::llround(*watts * 1000);
}

CallFault read_call_fault(Keys& keys, const FaultTrigger& when) {
  CallFault fault;
  fault.when = when;
  fault.function = keys.text("function").value_or("");
  if (fault.function != "*" && !is_nvml_function(fault.function)) {
    throw keys.fail("function", "no NVML function \"" + fault.function + "\" in this driver");
  }
  if (const auto id = keys.whole("field", 1, 65535)) fault.field = static_cast<unsigned>(*id);
  if (fault.field && fault.function != "nvmlDeviceGetFieldValues") {
    throw keys.fail("field", "is for nvmlDeviceGetFieldValues");
  }
  fault.code = static_cast<int>(keys.whole("code", 1, 999).value_or(0));
  fault.delay_ns = keys.time_ns("delay_ms", kMillisecond).value_or(0);
  fault.hangs = keys.boolean("hangs", false);
  fault.is_ignored = keys.boolean("ignored", false);
  if (fault.is_ignored && !is_nvml_write(fault.function)) {
    throw keys.fail("ignored", "is for functions that set or reset something");
  }
  fault.outside_limit_mw = outside_limit_mw(keys);
  const bool does_something = fault.code != 0 || fault.delay_ns > 0 || fault.hangs ||
                              fault.is_ignored || fault.outside_limit_mw;
  if (!does_something) {
    throw keys.fail("code", "is missing (or delay_ms, hangs, ignored or outside_limit_w)");
  }
  if (fault.field && fault.code == 0) throw keys.fail("code", "is missing");
  return fault;
}

void read_fault(Keys& keys, std::size_t gpu_count, FaultOrders& orders) {
  const FaultTrigger when = read_trigger(keys, gpu_count);
  if (keys.has("function")) {
    orders.calls.push_back(read_call_fault(keys, when));
  } else if (const auto back = keys.whole("counter_jumps_back_mj", 1, kMany)) {
    orders.counters.push_back({CounterFault::Kind::kJumpsBack, *back, when});
  } else if (const auto kind = keys.text("counter")) {
    orders.counters.push_back({counter_kind(keys, *kind), 0, when});
  } else if (keys.boolean("lost", false)) {
    if (!when.gpu) throw keys.fail("gpu", "is missing");
    if (when.count || when.for_ns)
      throw keys.fail("lost", "is for good: leave out count and for_s");
    orders.losses.push_back({when});
  } else if (const auto bits = keys.whole("event_reasons", 1, kMany)) {
    if (when.call != 1 || when.count) throw keys.fail("event_reasons", "goes by after_s and for_s");
    orders.event_reasons.push_back({*bits, when});
  } else if (const auto limit = outside_limit_mw(keys)) {
    if (!when.after_ns) throw keys.fail("outside_limit_w", "needs after_s, or function and call");
    if (when.for_ns || when.count || when.call != 1) {
      throw keys.fail("outside_limit_w", "is done once: leave out for_s, call and count");
    }
    orders.outside_writes.push_back({when.gpu, *limit, *when.after_ns});
  } else {
    throw keys.fail("function",
                    "is missing (or counter, counter_jumps_back_mj, lost, outside_limit_w or "
                    "event_reasons)");
  }
}

}  // namespace

FaultOrders read_fault_orders(Keys& scenario, std::size_t gpu_count) {
  FaultOrders orders;
  const nlohmann::json* list = scenario.list("faults");
  if (list == nullptr) return orders;
  for (std::size_t entry = 0; entry < list->size(); ++entry) {
    Keys keys((*list)[entry], scenario.path("faults[" + std::to_string(entry) + "]"));
    read_fault(keys, gpu_count, orders);
    keys.end();
  }
  std::ranges::stable_sort(orders.outside_writes, {}, &OutsideWrite::after_ns);
  return orders;
}

}  // namespace simulator
