// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/memory_use.h"

#include <algorithm>

namespace simulator {

MemoryUse memory_use(Driver& driver, unsigned index) {
  const GpuScenario& gpu = driver.scenario().gpus[index];
  MemoryUse use;
  use.total = static_cast<unsigned long long>(gpu.model->memory_mib) << 20U;
  use.reserved = use.total / 64;
  const ComputeClients clients = driver.look(index, [](const GpuTimeline&, const GpuRecord& record,
                                                       std::int64_t) { return record.clients; });
  use.processes = clients.living();
  if (use.processes.empty()) return use;
  const auto wanted = static_cast<unsigned long long>(gpu.process_memory);
  use.per_process = std::min(wanted, (use.total - use.reserved) / use.processes.size());
  use.used = use.per_process * use.processes.size();
  return use;
}

}  // namespace simulator
