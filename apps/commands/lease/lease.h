// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus lease ls`: who may set which GPU's limits, by zeusd.
#pragma once

#include <string>
#include <vector>

#include "zeus/daemon/client/daemon_client.h"

namespace zeus::apps {

using Leases = std::vector<daemon::DaemonClient::LeaseInfo>;

[[nodiscard]] std::string leases_text(const Leases& leases, bool colours);
[[nodiscard]] std::string leases_json(const Leases& leases, const std::string& socket);

}  // namespace zeus::apps
