// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine this process runs on: finds the GPUs and CPUs, this process's rights and the
// environment's word on which GPUs are visible, and hands them out. The only part that knows the
// back ends. The devices may outlive it, and several machines may exist at once.
//
// Indices follow the driver's order (by PCI bus). Where models are mixed, CUDA numbers GPUs
// otherwise unless CUDA_DEVICE_ORDER is PCI_BUS_ID: one warning says so (logger "zeus.device").
// CUDA_VISIBLE_DEVICES is read by the rule of zeus/device/visible_devices.h.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"

namespace zeus {

struct MachineOptions {
  // What the environment says; the default constructor of Machine reads them from there.
  std::optional<std::string> cuda_visible_devices;  // CUDA_VISIBLE_DEVICES
  std::optional<std::string> cuda_device_order;     // CUDA_DEVICE_ORDER
  // Where Linux shows the CPUs' energy; the first that is there counts. The second is where a
  // container's user may have bound the first to, which a container hides. ZEUS_POWERCAP, where it
  // is set, names one instead.
  std::vector<std::filesystem::path> powercap_folders{"/sys/class/powercap/intel-rapl",
                                                      "/zeus_sys/class/powercap/intel-rapl"};
};

class Machine {
 public:
  // Looks for a driver and reads the environment. Never throws for a missing driver: gpus() does.
  Machine();
  explicit Machine(const MachineOptions& options);

  // Every visible GPU, by the framework's indices. Throws ZeusGPUInitError where there is no driver
  // (the message says what was tried; code and call are the driver's), ZeusGPUNotSupportedError for
  // a MIG identifier in CUDA_VISIBLE_DEVICES.
  [[nodiscard]] const std::vector<VisibleGpu>& gpus() const;

  // The visible GPUs of these indices, in this order. Throws ZeusValueError for an index that isn't
  // there or is given twice.
  [[nodiscard]] std::vector<VisibleGpu> gpus(const std::vector<int>& indices) const;

  // Like gpus(), but empty where there is no driver.
  [[nodiscard]] std::vector<VisibleGpu> gpus_if_any() const;

  // The CPU packages whose energy this process may read: often none. Where they are there and
  // this process may not, one warning a process says so (logger "zeus.device").
  [[nodiscard]] const std::vector<VisibleCpu>& cpus() const;

  // The CPU packages of these indices, in this order. Throws ZeusValueError for an index that isn't
  // there or is given twice; the message says why there are none.
  [[nodiscard]] std::vector<VisibleCpu> cpus(const std::vector<int>& indices) const;

  // Why CPU packages are missing from cpus(); empty where none are.
  [[nodiscard]] const std::string& cpu_problem() const { return cpu_problem_; }

  // Every GPU that the driver has, visible or not, by the driver's indices (PCI order).
  [[nodiscard]] const std::vector<std::shared_ptr<Gpu>>& all_gpus() const { return all_gpus_; }

  // Why gpus() throws; empty when it doesn't.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // For example "580.159.04"; empty without a driver.
  [[nodiscard]] const std::string& driver_version() const { return driver_version_; }

 private:
  std::vector<std::shared_ptr<Gpu>> all_gpus_;
  std::vector<VisibleGpu> visible_;
  std::vector<VisibleCpu> cpus_;
  std::string cpu_problem_;
  std::string problem_;
  int problem_code_ = 0;
  std::string problem_call_;
  std::string mig_problem_;  // what is wrong with a MIG identifier; empty where there is none
  std::string driver_version_;
};

}  // namespace zeus
