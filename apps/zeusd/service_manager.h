// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What systemd and a daemon say to each other. Without systemd nothing is said.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace zeus::apps {

// The socket that it made for this daemon. Throws ZeusFileError where it is not one that listens.
[[nodiscard]] std::optional<int> socket_of_service_manager();

// How often it wants to hear from this daemon at least.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period();

// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…".
void tell_service_manager(const std::string& state);

}  // namespace zeus::apps
