// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/zeusd/service_manager.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdint>

#include "zeus/error.h"

namespace zeus::apps {

std::optional<int> socket_of_service_manager() {
  const int count = ::sd_listen_fds(1);
  if (count <= 0) return std::nullopt;
  if (count > 1 || ::sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_STREAM, 1) <= 0) {
    throw ZeusFileError("the service manager has passed something else than one Unix socket");
  }
  return SD_LISTEN_FDS_START;
}

std::optional<std::chrono::microseconds> watchdog_period() {
  std::uint64_t period = 0;
  if (::sd_watchdog_enabled(0, &period) <= 0) return std::nullopt;
  return std::chrono::microseconds(period);
}

void tell_service_manager(const std::string& state) { ::sd_notify(0, state.c_str()); }

}  // namespace zeus::apps
