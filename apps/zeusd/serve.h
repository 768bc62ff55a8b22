// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeusd serve`: puts the parts of the daemon together and runs it until SIGTERM or SIGINT.
#pragma once

#include <filesystem>
#include <optional>
#include <set>

#include "zeus/daemon/server/request.h"

namespace zeus::apps {

struct ServeOptions {
  std::filesystem::path socket_path = "/run/zeusd/zeusd.sock";
  unsigned socket_permissions = 0660;
  std::optional<unsigned> socket_uid{};
  std::optional<unsigned> socket_gid{};
  std::filesystem::path policy{};       // empty: the usual one where it is there
  std::filesystem::path audit_log{};    // empty: standard error
  std::set<daemon::ApiGroup> groups{};  // empty: all
};

// Exit code. SIGTERM and SIGINT end it, SIGHUP reads the policy again. Throws where it can't start.
int serve(const ServeOptions& options);

}  // namespace zeus::apps
