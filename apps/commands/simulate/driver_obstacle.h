// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Programs that the simulated driver cannot be given to: it comes through LD_LIBRARY_PATH and
// LD_PRELOAD, which the dynamic loader ignores in a program that runs with more rights than its
// user (ld.so(8), secure-execution mode), and which a statically linked one has no loader to read.
#pragma once

#include <optional>
#include <string>

namespace zeus::apps {

// Why `command`, a path or a name that PATH finds, does not see the driver; nothing where it does,
// or where there is no such program. A script counts as its interpreter.
[[nodiscard]] std::optional<std::string> driver_obstacle(const std::string& command);

}  // namespace zeus::apps
