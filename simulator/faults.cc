// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/faults.h"

namespace simulator {
namespace {

// Whether the `call`-th call is one of those that the fault is ordered for.
template <class Fault>
bool is_due(const Fault& fault, std::uint64_t call) {
  return call >= fault.call && (!fault.count || call - fault.call < *fault.count);
}

}  // namespace

Faults::Faults(const std::vector<CodeFault>& codes, const std::vector<CounterFault>& counters)
    : codes_(codes), counters_(counters), calls_(codes.size()), readings_(counters.size()) {}

nvmlReturn_t Faults::answer(std::string_view function, std::optional<unsigned> gpu,
                            std::optional<unsigned> field) {
  nvmlReturn_t code = NVML_SUCCESS;
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    const CodeFault& fault = codes_[i];
    if (fault.function != function || fault.field != field) continue;
    if (fault.gpu && fault.gpu != gpu) continue;
    const bool due = is_due(fault, calls_[i].fetch_add(1) + 1);
    if (due && code == NVML_SUCCESS) code = static_cast<nvmlReturn_t>(fault.code);
  }
  return code;
}

nvmlReturn_t Faults::on_call(std::string_view function, std::optional<unsigned> gpu) {
  return answer(function, gpu, std::nullopt);
}

nvmlReturn_t Faults::on_field(unsigned gpu, unsigned field) {
  return answer("nvmlDeviceGetFieldValues", gpu, field);
}

std::uint64_t Faults::counter_back_mj(unsigned gpu) {
  std::uint64_t back = 0;
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const CounterFault& fault = counters_[i];
    if (fault.gpu && *fault.gpu != gpu) continue;
    if (is_due(fault, readings_[i].fetch_add(1) + 1)) back += fault.back_mj;
  }
  return back;
}

}  // namespace simulator
