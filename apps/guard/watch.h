// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The guard's work: waits until the job has let go of a GPU without having put its limit back, and
// puts it back.
#pragma once

#include <filesystem>

namespace zeus::apps {

// Returns when there is nothing left to watch. `socket`: to the job (zeus/guard/guard_process.h).
void watch_over(const std::filesystem::path& folder, int job, int socket);

}  // namespace zeus::apps
