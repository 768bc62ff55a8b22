// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/lease/lease.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

struct LeaseOptions {
  std::string socket;
  bool json = false;
};

std::string usual_socket() {
  const char* const named = std::getenv("ZEUSD_SOCK_PATH");
  return named != nullptr && *named != '\0' ? named : daemon::kUsualSocket;
}

}  // namespace

void add_lease(CLI::App& app, Invocation& invocation) {
  CLI::App& lease = *app.add_subcommand("lease", "Who may set which GPU's limits, by zeusd");
  lease.require_subcommand(0, 1);
  lease.footer("Example:\n  zeus lease ls");
  CLI::App& list = *lease.add_subcommand("ls", "List the leases that zeusd has given");
  list.footer("Example:\n  zeus lease ls --json");
  const auto options = std::make_shared<LeaseOptions>(LeaseOptions{.socket = usual_socket()});
  list.add_option("--socket-path", options->socket,
                  "Where zeusd listens; default: ZEUSD_SOCK_PATH,\nelse /run/zeusd/zeusd.sock")
      ->type_name("PATH");
  add_json(list, options->json);
  list.callback([options, &invocation] {
    invocation.run = [options] {
      const Leases leases = daemon::DaemonClient(options->socket).leases();
      print(options->json ? leases_json(leases, options->socket)
                          : leases_text(leases, wants_colours(STDOUT_FILENO)));
      return 0;
    };
  });
}

}  // namespace zeus::apps
