// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The CPU packages whose energy zeusd reads, for users who may not.
#pragma once

#include <memory>
#include <vector>

#include "zeus/daemon/client/daemon_client.h"
#include "zeus/device/cpu.h"

namespace zeus::daemon {

// Empty where the daemon has none or doesn't tell.
[[nodiscard]] std::vector<VisibleCpu> find_cpus(const std::shared_ptr<DaemonClient>& daemon);

}  // namespace zeus::daemon
