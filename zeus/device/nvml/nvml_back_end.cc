// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_back_end.h"

#include <memory>
#include <utility>
#include <vector>

#include "zeus/device/nvml/cuda_visible_devices.h"
#include "zeus/device/nvml/nvml_devices.h"
#include "zeus/device/nvml/nvml_error.h"
#include "zeus/device/nvml/nvml_library.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

bool models_are_mixed(const std::vector<std::shared_ptr<Gpu>>& gpus) {
  const std::string* model = nullptr;
  for (const auto& gpu : gpus) {
    if (gpu->info().unavailable) continue;  // its model isn't known
    if (model != nullptr && *model != gpu->info().name) return true;
    model = &gpu->info().name;
  }
  return false;
}

// Notes why there are no GPUs.
void give_up(BackEnd& found, BackEnd::Status status, const ZeusBaseGPUError& error) {
  found.status = status;
  found.problems.push_back({error.what(), command_for_init(error.code())});
  found.gpu_error =
      std::make_exception_ptr(ZeusGPUInitError(error.what(), error.code(), error.call()));
}

void choose(BackEnd& found, const CudaEnvironment& environment) {
  std::vector<std::string> uuids;
  uuids.reserve(found.gpus.size());
  for (const auto& gpu : found.gpus) uuids.push_back(gpu->info().uuid);
  try {
    found.visible = visible_devices(environment.visible_devices, uuids);
  } catch (const ZeusGPUNotSupportedError&) {
    found.gpu_error = std::current_exception();
  }
  if (environment.device_order != "PCI_BUS_ID" && !lists_uuids(environment.visible_devices) &&
      models_are_mixed(found.gpus)) {
    found.problems.push_back(
        {"this machine's GPUs are of different models: CUDA numbers the fastest first, zeus by PCI "
         "bus, so the same index may mean another GPU",
         "export CUDA_DEVICE_ORDER=PCI_BUS_ID"});
  }
}

}  // namespace

BackEnd find_gpus(const CudaEnvironment& environment) {
  BackEnd found;
  found.name = "NVIDIA";
  found.kind = BackEnd::Kind::kGpus;
  std::optional<SharedLibrary> file;
  try {
    file.emplace(load_library());
  } catch (const ZeusGPUInitError& error) {
    give_up(found, BackEnd::Status::kAbsent, error);
    return found;
  }
  try {
    const auto library = std::make_shared<const Library>(*std::move(file));
    found.version = library->driver_version();
    found.is_simulated = library->is_simulated();
    found.gpus = open_gpus(library);
  } catch (const ZeusBaseGPUError& error) {
    const bool is_loaded = error.code() != kDriverNotLoaded;
    give_up(found, is_loaded ? BackEnd::Status::kFailed : BackEnd::Status::kAbsent, error);
    return found;
  }
  found.status = BackEnd::Status::kWorks;
  for (const auto& gpu : found.gpus) {
    if (gpu->info().unavailable) found.problems.push_back(*gpu->info().unavailable);
  }
  choose(found, environment);
  return found;
}

}  // namespace zeus::nvml
