// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "zeus/device/nvml/nvml_devices.h"
#include "zeus/device/nvml/nvml_library.h"
#include "zeus/device/rapl/rapl_cpus.h"
#include "zeus/device/visible_devices.h"
#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

bool models_are_mixed(const std::vector<std::shared_ptr<Gpu>>& gpus) {
  const std::string* model = nullptr;
  for (const auto& gpu : gpus) {
    if (gpu->info().uuid.empty()) continue;  // could not be opened: its model isn't known
    if (model != nullptr && *model != gpu->info().name) return true;
    model = &gpu->info().name;
  }
  return false;
}

MachineOptions options_of_environment() {
  MachineOptions options{.cuda_visible_devices = environment("CUDA_VISIBLE_DEVICES"),
                         .cuda_device_order = environment("CUDA_DEVICE_ORDER")};
  if (const auto folder = environment("ZEUS_POWERCAP")) options.powercap_folders = {*folder};
  return options;
}

}  // namespace

Machine::Machine() : Machine(options_of_environment()) {}

Machine::Machine(const MachineOptions& options) {
  for (const std::filesystem::path& folder : options.powercap_folders) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored)) continue;
    rapl::FoundCpus found = rapl::find_cpus(folder);
    cpus_ = std::move(found.cpus);
    cpu_problem_ = std::move(found.problem);
    break;
  }
  try {
    const auto library = std::make_shared<const nvml::Library>();
    driver_version_ = library->driver_version();
    all_gpus_ = nvml::open_gpus(library);
  } catch (const ZeusBaseGPUError& error) {
    problem_ = error.what();
    problem_code_ = error.code();
    problem_call_ = error.call();
    return;
  }

  std::vector<std::string> uuids;
  uuids.reserve(all_gpus_.size());
  for (const auto& gpu : all_gpus_) uuids.push_back(gpu->info().uuid);
  try {
    for (const int device : visible_devices(options.cuda_visible_devices, uuids)) {
      visible_.push_back(
          {static_cast<int>(visible_.size()), all_gpus_[static_cast<std::size_t>(device)]});
    }
  } catch (const ZeusGPUNotSupportedError& error) {
    mig_problem_ = error.what();
  }

  if (options.cuda_device_order != "PCI_BUS_ID" && !lists_uuids(options.cuda_visible_devices) &&
      models_are_mixed(all_gpus_)) {
    log(LogLevel::kWarning, "zeus.device",
        "this machine's GPUs are of different models: CUDA numbers the fastest first, zeus by PCI "
        "bus, so the same index may mean another GPU; set CUDA_DEVICE_ORDER=PCI_BUS_ID");
  }
}

const std::vector<VisibleGpu>& Machine::gpus() const {
  if (!problem_.empty()) throw ZeusGPUInitError(problem_, problem_code_, problem_call_);
  if (!mig_problem_.empty()) throw ZeusGPUNotSupportedError(mig_problem_);
  return visible_;
}

std::vector<VisibleGpu> Machine::gpus(const std::vector<int>& indices) const {
  const std::vector<VisibleGpu>& visible = gpus();
  std::vector<VisibleGpu> chosen;
  chosen.reserve(indices.size());
  for (const int index : indices) {
    if (index < 0 || static_cast<std::size_t>(index) >= visible.size()) {
      throw ZeusValueError(fmt::format("there is no GPU {}: {} visible, counted from 0", index,
                                       visible.size() == 1
                                           ? std::string("1 GPU is")
                                           : fmt::format("{} GPUs are", visible.size())));
    }
    const bool is_repeated =
        std::any_of(chosen.begin(), chosen.end(),
                    [index](const VisibleGpu& earlier) { return earlier.index == index; });
    if (is_repeated) throw ZeusValueError(fmt::format("GPU {} is listed twice", index));
    chosen.push_back(visible[static_cast<std::size_t>(index)]);
  }
  return chosen;
}

const std::vector<VisibleCpu>& Machine::cpus() const {
  static std::once_flag told;
  if (!cpu_problem_.empty()) {
    std::call_once(told, [this] { log(LogLevel::kWarning, "zeus.device", cpu_problem_); });
  }
  return cpus_;
}

std::vector<VisibleCpu> Machine::cpus(const std::vector<int>& indices) const {
  std::vector<VisibleCpu> chosen;
  for (const int index : indices) {
    if (index < 0 || static_cast<std::size_t>(index) >= cpus_.size()) {
      throw ZeusValueError(
          fmt::format("there is no CPU {}: the energy of {} can be read, counted from 0{}{}", index,
                      cpus_.size() == 1 ? std::string("1 CPU package")
                                        : fmt::format("{} CPU packages", cpus_.size()),
                      cpu_problem_.empty() ? "" : ". ", cpu_problem_));
    }
    if (std::any_of(chosen.begin(), chosen.end(),
                    [index](const VisibleCpu& earlier) { return earlier.index == index; })) {
      throw ZeusValueError(fmt::format("CPU {} is listed twice", index));
    }
    chosen.push_back(cpus_[static_cast<std::size_t>(index)]);
  }
  return chosen;
}

std::vector<VisibleGpu> Machine::gpus_if_any() const {
  return problem_.empty() ? gpus() : std::vector<VisibleGpu>();
}

}  // namespace zeus
