// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/simulate/simulated_gpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "apps/command_line.h"
#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"

namespace zeus::apps {
namespace {

// "4xV100" or "V100".
GpuGroup parse_group(std::string_view text) {
  GpuGroup group;
  const std::size_t times = std::min(text.find('x'), text.size());
  if (times < text.size()) {
    const char* const end = text.data() + times;
    const auto [read_to, error] = std::from_chars(text.data(), end, group.count);
    if (error == std::errc() && read_to == end) text.remove_prefix(times + 1);
  }
  group.model = text;
  if (simulator::find_gpu_model(group.model) == nullptr) {
    throw UsageError(fmt::format("--gpus: \"{}\" is no GPU model", text));
  }
  if (group.count < 1) throw UsageError(fmt::format("--gpus: {} GPUs requested", group.count));
  return group;
}

}  // namespace

std::vector<std::string> gpu_model_names() {
  std::vector<std::string> names;
  for (const auto& model : simulator::gpu_models()) names.emplace_back(model.key);
  return names;
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& workload : simulator::built_in_workloads()) names.emplace_back(workload.name);
  return names;
}

std::vector<GpuGroup> parse_gpu_list(const std::string& text) {
  std::vector<GpuGroup> groups;
  long long sum = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    groups.push_back(parse_group(std::string_view(text).substr(begin, end - begin)));
    sum += groups.back().count;
    begin = end + 1;
  }
  if (sum > kMostGpus) {
    throw UsageError(
        fmt::format("--gpus: {} GPUs requested; at most {} are supported", sum, kMostGpus));
  }
  return groups;
}

}  // namespace zeus::apps
