// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which GPUs and jobs can be simulated, for the command line.
#pragma once

#include <string>
#include <vector>

#include "simulator/model/gpu_model.h"

namespace zeus::apps {

inline constexpr int kMostGpus = static_cast<int>(simulator::kMaxGpus);

[[nodiscard]] std::vector<std::string> gpu_model_names();
[[nodiscard]] std::vector<std::string> workload_names();

struct GpuGroup {
  std::string model;
  int count = 1;
};

// "4xV100,2xA40", the value of --gpus. Throws UsageError.
[[nodiscard]] std::vector<GpuGroup> parse_gpu_list(const std::string& text);

}  // namespace zeus::apps
