// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A GPU whose settings zeusd writes, for users who may not: reading, which everybody may, goes to
// the driver as before.
#pragma once

#include <memory>

#include "zeus/daemon/client/daemon_client.h"
#include "zeus/device/gpu.h"

namespace zeus::daemon {

[[nodiscard]] std::shared_ptr<Gpu> written_by_daemon(std::shared_ptr<Gpu> gpu,
                                                     std::shared_ptr<DaemonClient> daemon);

}  // namespace zeus::daemon
