// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts the calls of this process and says what shall go wrong with them. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/scenario/fault_orders.h"

namespace simulator {

// What is ordered for one call.
struct Verdict {
  nvmlReturn_t code = NVML_SUCCESS;
  std::int64_t delay_ns = 0;
  bool hangs = false;
  bool is_ignored = false;  // answers as if done, changes nothing
  // Somebody else sets the limit just before.
  std::optional<std::int64_t> outside_limit_mw;
};

class Faults {
 public:
  explicit Faults(const FaultOrders& orders);

  [[nodiscard]] bool are_none() const { return orders_.calls.empty() && orders_.losses.empty(); }

  // `passed_ns`: the machine's time since its begin. `gpu` is empty for calls that are not for one
  // GPU. Counts the call.
  [[nodiscard]] Verdict on_call(std::string_view function, std::optional<unsigned> gpu,
                                std::int64_t passed_ns);
  // The same for one entry of nvmlDeviceGetFieldValues.
  [[nodiscard]] nvmlReturn_t on_field(unsigned gpu, unsigned field, std::int64_t passed_ns);

  // Whether the GPU is lost, without counting a call.
  [[nodiscard]] bool is_lost(unsigned gpu, std::int64_t passed_ns) const;

  // What a reading of the energy counter shows where the counter is at `energy_mj`; none where it
  // is said not to be supported. `energy_at(passed_ns)` is where it was. Counts the reading.
  template <class EnergyAt>
  std::optional<std::uint64_t> on_counter(unsigned gpu, std::int64_t passed_ns,
                                          std::uint64_t energy_mj, EnergyAt&& energy_at);

  // Bits that the clock event reasons show besides the true ones.
  [[nodiscard]] unsigned long long event_reasons(unsigned gpu, std::int64_t passed_ns) const;

 private:
  static constexpr std::uint64_t kNothing = ~0ULL;
  struct Counter {
    std::atomic<std::uint64_t> uses{0};
    std::atomic<std::uint64_t> held{kNothing};  // the counter's reading when the fault set in
    std::atomic<bool> lost{false};
  };

  [[nodiscard]] static bool is_due(const FaultTrigger& when, std::optional<unsigned> gpu,
                                   std::int64_t passed_ns, std::atomic<std::uint64_t>& uses);
  void take(const CallFault& fault, Verdict& verdict) const;

  FaultOrders orders_;
  std::vector<Counter> calls_;
  std::vector<Counter> counters_;
  std::vector<Counter> losses_;
};

template <class EnergyAt>
std::optional<std::uint64_t> Faults::on_counter(unsigned gpu, std::int64_t passed_ns,
                                                std::uint64_t energy_mj, EnergyAt&& energy_at) {
  std::uint64_t shown = energy_mj;
  for (std::size_t i = 0; i < orders_.counters.size(); ++i) {
    const CounterFault& fault = orders_.counters[i];
    if (!is_due(fault.when, gpu, passed_ns, counters_[i].uses)) continue;
    if (fault.kind == CounterFault::Kind::kUnsupported) return std::nullopt;
    std::uint64_t held = kNothing;
    const std::uint64_t now = fault.when.after_ns ? energy_at(*fault.when.after_ns) : energy_mj;
    if (counters_[i].held.compare_exchange_strong(held, now)) held = now;
    if (fault.kind == CounterFault::Kind::kStuck) shown = held;
    const std::uint64_t back = fault.kind == CounterFault::Kind::kReset       ? held
                               : fault.kind == CounterFault::Kind::kJumpsBack ? fault.back_mj
                                                                              : 0;
    shown = shown > back ? shown - back : 0;
  }
  return shown;
}

}  // namespace simulator
