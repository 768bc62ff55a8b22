// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Only for the daemon's own .cc files: nlohmann's header is heavy.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "zeus/daemon/server/daemon.h"

namespace zeus::daemon {

struct Daemon::Outcome {
  int status = 200;
  std::string text{};   // status 200: the device's part of the answer, as JSON; else the error
  std::string value{};  // what was asked for
  std::string result{};
  std::optional<Lease> holder{};  // 409: whose the GPU is
};

// Of a lease, for clients.
[[nodiscard]] nlohmann::ordered_json holder_json(const Lease& lease, AuditLog& audit);

}  // namespace zeus::daemon
