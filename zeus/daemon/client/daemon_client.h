// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What this process asks of zeusd (docs/zeusd.md), the daemon that sets power limits for users who
// may not. Each call is a connection of its own: nothing is kept between calls that a fork or a
// restart of the daemon could spoil. Thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/error.h"
#include "zeus/units.h"

namespace zeus::daemon {

// The daemon gives no answer. A call that it answers with a refusal throws what the driver would:
// ZeusGPUNoPermissionError, ZeusGPUInvalidArgError, ZeusGPUNotSupportedError, ZeusBaseGPUError.
struct DaemonUnreachableError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};

class DaemonClient {
 public:
  explicit DaemonClient(std::filesystem::path socket) : socket_(std::move(socket)) {}

  [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }

  // What the daemon has.
  struct Device {
    int id = 0;
    bool has_dram = false;  // of a CPU package
  };
  struct Discovery {
    // By UUID where the daemon tells them, else by PCI address.
    std::map<std::string, std::string, std::less<>> gpu_ids;
    std::vector<Device> cpus;
    std::vector<std::string> api_groups;
    bool knows_leases = false;  // the daemon that this one replaces doesn't

    [[nodiscard]] bool has_group(std::string_view group) const;
  };
  [[nodiscard]] Discovery discover() const;

  // The power limits that the operator allows; nothing where the daemon doesn't say.
  [[nodiscard]] std::optional<PowerLimitRange> power_limit_constraints(const GpuInfo& gpu) const;
  void set_power_limit(const GpuInfo& gpu, Watts limit) const;
  void set_persistence_mode(const GpuInfo& gpu, bool enabled) const;
  void lock_graphics_clocks(const GpuInfo& gpu, unsigned min, unsigned max) const;
  void lock_memory_clocks(const GpuInfo& gpu, unsigned min, unsigned max) const;
  void unlock_graphics_clocks(const GpuInfo& gpu) const;
  void unlock_memory_clocks(const GpuInfo& gpu) const;

  // The right to set this GPU's settings, for this process alone. False where the daemon knows no
  // leases. Throws GpuNotFreeError with the holder where another process has it.
  [[nodiscard]] bool acquire(const GpuInfo& gpu, int index) const;
  struct LeaseInfo {
    int gpu = 0;  // as the daemon counts
    std::string uuid;
    pid_t process = 0;
    std::string user;
    double held_s = 0;
    std::optional<double> ends_s{};  // from now; nothing: with its process
    std::optional<Watts> prior_limit{};
    std::optional<Watts> limit{};
    bool is_being_restored = false;
  };
  // Everybody's.
  [[nodiscard]] std::vector<LeaseInfo> leases() const;
  // The other process that has the lease.
  [[nodiscard]] std::optional<pid_t> other_holder(const GpuInfo& gpu) const;
  // Puts back what this process has set.
  void release(const GpuInfo& gpu) const;
  // Puts back what processes that are gone have left. A line for each GPU that could not be.
  [[nodiscard]] std::vector<std::string> restore() const;
  // This process lives. Throws where it has no lease any more.
  void heartbeat() const;

  // Throws ZeusBaseCPUError.
  [[nodiscard]] CpuEnergy cpu_energy(const Device& cpu) const;

 private:
  struct Answer;
  // A driver may take its time; a daemon that hangs must not take training with it.
  static constexpr std::chrono::milliseconds kPatience{5000};
  [[nodiscard]] Answer ask(std::string_view method, const std::string& target,
                           std::chrono::milliseconds patience = kPatience) const;
  // A write to that GPU; `parameters` begins with a path.
  void write(const GpuInfo& gpu, std::string_view path, const std::string& parameters = {}) const;
  [[nodiscard]] Discovery known() const;
  // As the daemon calls it.
  [[nodiscard]] std::string id_of(const GpuInfo& gpu) const;

  const std::filesystem::path socket_;
  mutable std::mutex mutex_;
  mutable std::optional<Discovery> discovery_;  // the last one
};

// Where zeusd listens by default.
inline constexpr const char* kUsualSocket = "/run/zeusd/zeusd.sock";

}  // namespace zeus::daemon
