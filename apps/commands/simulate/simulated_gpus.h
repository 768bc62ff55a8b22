// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be simulated, and where the simulated driver is: for `zeus demo` and `zeus simulate`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "simulator/model/gpu_model.h"

namespace zeus::apps {

inline constexpr int kMostGpus = static_cast<int>(simulator::kMaxGpus);

[[nodiscard]] std::vector<std::string> gpu_model_names();
[[nodiscard]] std::vector<std::string> workload_names();

// Of the simulated driver, in the build tree or installed. Throws ZeusGPUInitError when it is in
// neither.
[[nodiscard]] std::filesystem::path driver_folder();

}  // namespace zeus::apps
