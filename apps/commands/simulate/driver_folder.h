// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace zeus::apps {

// Where the simulated driver is: in the build tree or installed. Throws ZeusGPUInitError when it
// is in neither.
[[nodiscard]] std::filesystem::path driver_folder();

}  // namespace zeus::apps
