// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/memory_use.h"

#include <algorithm>

namespace simulator {

MemoryUse memory_use(const SimulatedGpu& gpu) {
  MemoryUse use;
  use.total = static_cast<unsigned long long>(gpu.model().memory_mib) << 20U;
  use.reserved = use.total / 64;
  use.processes = gpu.look([](const Moment& at) { return at.record.clients; }).living();
  if (use.processes.empty()) return use;
  const auto wanted = static_cast<unsigned long long>(gpu.scenario().process_memory);
  use.per_process = std::min(wanted, (use.total - use.reserved) / use.processes.size());
  use.used = use.per_process * use.processes.size();
  return use;
}

}  // namespace simulator
