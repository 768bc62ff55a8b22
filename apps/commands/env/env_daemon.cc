// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who sets the limits where this process may not.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "apps/commands/env/env.h"
#include "zeus/daemon/client/daemon_client.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus::apps {

void find_daemon(const Machine& machine, EnvReport& report) {
  report.rights.daemon = machine.daemon_socket().string();
  if (report.rights.daemon.empty()) {
    std::error_code ignored;
    if (!report.rights.has_sys_admin && !report.is_simulated &&
        std::filesystem::exists(daemon::kUsualSocket, ignored)) {
      report.findings.push_back(
          {fmt::format("zeusd sets power limits on this machine, but this user may not use {}.",
                       daemon::kUsualSocket),
           "sudo usermod -aG zeus \"$USER\"  # then log in again"});
    }
    return;
  }
  try {
    const daemon::DaemonClient client(machine.daemon_socket());
    const daemon::DaemonClient::Discovery found = client.discover();
    report.rights.daemon_answers = found.has_group("gpu-control");
    if (!report.rights.daemon_answers) {
      report.findings.push_back(
          {fmt::format("zeusd at {} sets no limits (gpu-control is off).", report.rights.daemon),
           ""});
    }
    if (!found.knows_leases) {
      report.findings.push_back(
          {fmt::format(
               "zeusd at {} does not notice the end of a job: one that is killed leaves its "
               "power limit.",
               report.rights.daemon),
           ""});
    }
  } catch (const ZeusBaseError& error) {
    report.findings.push_back(
        {fmt::format("Power limits can't be set: {}.", error.what()), "systemctl status zeusd"});
  }
}

}  // namespace zeus::apps
