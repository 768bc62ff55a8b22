// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/faults.h"

namespace simulator {
namespace {

bool is_time(const FaultTrigger& when, std::int64_t passed_ns) {
  if (!when.after_ns) return true;
  if (passed_ns < *when.after_ns) return false;
  return !when.for_ns || passed_ns - *when.after_ns < *when.for_ns;
}

}  // namespace

Faults::Faults(const FaultOrders& orders)
    : orders_(orders),
      calls_(orders.calls.size()),
      counters_(orders.counters.size()),
      losses_(orders.losses.size()) {}

bool Faults::is_due(const FaultTrigger& when, std::optional<unsigned> gpu, std::int64_t passed_ns,
                    std::atomic<std::uint64_t>& uses) {
  if (when.gpu && when.gpu != gpu) return false;
  if (!is_time(when, passed_ns)) return false;
  const std::uint64_t use = uses.fetch_add(1) + 1;
  return use >= when.call && (!when.count || use - when.call < *when.count);
}

void Faults::take(const CallFault& fault, Verdict& verdict) const {
  if (verdict.code == NVML_SUCCESS) verdict.code = static_cast<nvmlReturn_t>(fault.code);
  verdict.delay_ns += fault.delay_ns;
  verdict.hangs = verdict.hangs || fault.hangs;
  verdict.is_ignored = verdict.is_ignored || fault.is_ignored;
  if (fault.outside_limit_mw) verdict.outside_limit_mw = fault.outside_limit_mw;
}

Verdict Faults::on_call(std::string_view function, std::optional<unsigned> gpu,
                        std::int64_t passed_ns) {
  Verdict verdict;
  for (std::size_t i = 0; i < orders_.losses.size() && gpu; ++i) {
    if (is_due(orders_.losses[i].when, gpu, passed_ns, losses_[i].uses)) losses_[i].lost = true;
  }
  if (gpu && is_lost(*gpu, passed_ns)) verdict.code = NVML_ERROR_GPU_IS_LOST;
  for (std::size_t i = 0; i < orders_.calls.size(); ++i) {
    const CallFault& fault = orders_.calls[i];
    if ((fault.function != function && fault.function != "*") || fault.field) continue;
    if (is_due(fault.when, gpu, passed_ns, calls_[i].uses)) take(fault, verdict);
  }
  return verdict;
}

nvmlReturn_t Faults::on_field(unsigned gpu, unsigned field, std::int64_t passed_ns) {
  Verdict verdict;
  for (std::size_t i = 0; i < orders_.calls.size(); ++i) {
    const CallFault& fault = orders_.calls[i];
    if (fault.field != field) continue;
    if (is_due(fault.when, gpu, passed_ns, calls_[i].uses)) take(fault, verdict);
  }
  return verdict.code;
}

bool Faults::is_lost(unsigned gpu, std::int64_t passed_ns) const {
  for (std::size_t i = 0; i < orders_.losses.size(); ++i) {
    const FaultTrigger& when = orders_.losses[i].when;
    if (when.gpu && *when.gpu != gpu) continue;
    const bool by_time = when.after_ns && when.call == 1 && passed_ns >= *when.after_ns;
    if (losses_[i].lost || by_time) return true;
  }
  return false;
}

unsigned long long Faults::event_reasons(unsigned gpu, std::int64_t passed_ns) const {
  unsigned long long bits = 0;
  for (const EventReasons& order : orders_.event_reasons) {
    if (order.when.gpu && *order.when.gpu != gpu) continue;
    if (is_time(order.when, passed_ns)) bits |= order.bits;
  }
  return bits;
}

}  // namespace simulator
