// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/simulate/simulated_gpus.h"

#include <array>
#include <system_error>

#include "simulator/model/workload.h"
#include "zeus/error.h"

namespace zeus::apps {
namespace {

// Seen from this program's folder: in the build tree, installed.
constexpr std::array kDriverFolders{"../simulator", ZEUS_INSTALLED_SIMULATOR};

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

std::filesystem::path driver_folder() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  std::string tried;
  for (const char* const relative : kDriverFolders) {
    auto folder = (program.parent_path() / relative).lexically_normal();
    std::error_code ignored;
    if (std::filesystem::exists(folder / "libnvidia-ml.so.1", ignored)) return folder;
    tried += (tried.empty() ? "" : " or ") + folder.string();
  }
  throw ZeusGPUInitError("the simulated driver isn't there: no libnvidia-ml.so.1 in " + tried);
}

}  // namespace zeus::apps
