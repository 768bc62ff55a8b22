// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine this process runs on: looks for GPUs and CPUs with every back end, and hands out
// those that the environment shows. The only part that knows the back ends: another one takes a
// file with its search below zeus/device/, and a line in machine.cc. The devices may outlive the
// machine, and several machines may exist at once.
//
// Absence and failure are two things. A machine without a driver is no surprise: it is silent until
// GPUs are asked for. A driver that is there but doesn't start leaves a program without figures
// that it may expect: one warning per process says why (logger "zeus.device").
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/back_end.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"

namespace zeus {

// What puts power limits back after a job that was killed (docs/guard.md).
struct GuardOptions {
  // Nobody is to guard this process's GPUs, and no warning is to say so.
  bool is_off = false;
  // The journal's. Empty: there is none, and jobs are not guarded.
  std::filesystem::path folder{};
  // The same while the driver is a simulated one: its GPUs may be called like those of another.
  std::filesystem::path simulated_folder{};
  // The program zeus-guard. Empty: looked for beside the library.
  std::filesystem::path program{};
};

// The daemon that sets limits for users who may not (docs/zeusd.md).
struct DaemonOptions {
  std::filesystem::path socket{};
  // Used only by a process that may not set limits itself, on real GPUs, and where somebody may
  // listen there.
  bool is_fallback = false;
};

struct MachineOptions {
  // What the environment says; the default constructor of Machine reads them from there.
  std::optional<std::string> cuda_visible_devices = std::nullopt;  // CUDA_VISIBLE_DEVICES
  std::optional<std::string> cuda_device_order = std::nullopt;     // CUDA_DEVICE_ORDER
  // Where Linux shows the CPUs' energy; the first that is there counts. The second is where a
  // container's user may have bound the first to, which a container hides. ZEUS_POWERCAP, where it
  // is set, names one instead.
  std::vector<std::filesystem::path> powercap_folders{"/sys/class/powercap/intel-rapl",
                                                      "/zeus_sys/class/powercap/intel-rapl"};
  // Who guards this process's GPUs from then on. None: as the environment says, where
  // ZEUS_JOURNAL_DIR and ZEUS_GUARD name folder and program instead of the usual ones, and an empty
  // ZEUS_JOURNAL_DIR is off. A program whose GPUs nobody is to guard gives one that is_off.
  std::optional<GuardOptions> guard = std::nullopt;
  // Who sets this process's limits. None: this process. ZEUSD_SOCK_PATH names the socket; else the
  // usual one, /run/zeusd/zeusd.sock, is the fallback.
  std::optional<DaemonOptions> daemon = std::nullopt;
};

// What Machine() reads from the environment.
[[nodiscard]] MachineOptions options_of_environment();

// Whether this process has the right that drivers want for it, CAP_SYS_ADMIN (root's, usually).
[[nodiscard]] bool may_set_power_limits();

class Machine {
 public:
  // Looks for drivers and reads the environment. Never throws for what is missing: gpus() does.
  Machine();
  explicit Machine(const MachineOptions& options);

  // What each back end found.
  [[nodiscard]] const std::vector<BackEnd>& back_ends() const { return back_ends_; }

  // Every visible GPU, by the framework's indices. Throws ZeusGPUInitError where no driver works
  // (the message says what was tried; code and call are the driver's), ZeusGPUNotSupportedError
  // where the environment asks for what can't be had (a MIG identifier in CUDA_VISIBLE_DEVICES).
  [[nodiscard]] const std::vector<VisibleGpu>& gpus() const;

  // The visible GPUs of these indices, in this order. Throws ZeusValueError for an index that isn't
  // there or is given twice.
  [[nodiscard]] std::vector<VisibleGpu> gpus(const std::vector<int>& indices) const;

  // Like gpus(), but empty where no driver works. Where one is there and doesn't, a warning says
  // so.
  [[nodiscard]] std::vector<VisibleGpu> gpus_if_any() const;

  // The CPU packages whose energy this process may read: often none. Where they are there and
  // this process may not, a warning says so.
  [[nodiscard]] const std::vector<VisibleCpu>& cpus() const;

  // The CPU packages of these indices, in this order. Throws ZeusValueError for an index that isn't
  // there or is given twice; the message says why there are none.
  [[nodiscard]] std::vector<VisibleCpu> cpus(const std::vector<int>& indices) const;

  // Why CPU packages are missing from cpus(); empty where none are.
  [[nodiscard]] std::string cpu_problem() const;

  // Every GPU that the drivers have, visible or not, by their own indices (NVIDIA: PCI order).
  [[nodiscard]] const std::vector<std::shared_ptr<Gpu>>& all_gpus() const { return all_gpus_; }

  // Why no driver works, so that gpus() throws; empty where one does.
  [[nodiscard]] std::string problem() const;

  // The same, but empty also where there is no driver at all: why one that is there doesn't work.
  [[nodiscard]] std::string driver_failure() const;

  // Whether the GPUs' driver only plays them: no figure is a real one.
  [[nodiscard]] bool is_simulated() const;

  // Where the limits are kept that a job that is killed leaves to put back; empty where nowhere.
  [[nodiscard]] const std::filesystem::path& journal_folder() const { return journal_folder_; }

  // The socket of the daemon that sets the limits; empty where this process does.
  [[nodiscard]] const std::filesystem::path& daemon_socket() const { return daemon_socket_; }

  // Of the GPUs' driver, for example "580.159.04"; empty without one.
  [[nodiscard]] std::string driver_version() const;

 private:
  void use_daemon(const DaemonOptions& options);
  void guard_gpus(const GuardOptions& options);

  // Whose failure gpus() throws; nullptr where a driver works.
  [[nodiscard]] const BackEnd* broken_driver() const;

  std::vector<BackEnd> back_ends_;
  std::vector<std::shared_ptr<Gpu>> all_gpus_;
  std::vector<VisibleGpu> visible_;
  std::vector<VisibleCpu> cpus_;
  std::filesystem::path journal_folder_;
  std::filesystem::path daemon_socket_;
};

}  // namespace zeus
