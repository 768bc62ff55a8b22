// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus env`: what zeus finds on this machine, what is missing, and the command that fixes it.
// Reads only; no limit is written.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/device/problem.h"

namespace zeus {
class Machine;
}

namespace zeus::apps {

// What the kernel lets this process do, found without trying it.
struct Rights {
  bool is_root = false;
  // What NVIDIA's driver asks for when a power limit is set. Root has it, except in containers.
  bool has_sys_admin = false;
  std::string daemon{};  // the socket of the one that sets them; empty: none does
  bool daemon_answers = false;
};

[[nodiscard]] inline bool may_set_limits(const Rights& rights) {
  return rights.daemon.empty() ? rights.has_sys_admin : rights.daemon_answers;
}

struct EnvGpu {
  int driver_index = 0;
  std::optional<int> visible_index;  // the framework's; none where *_VISIBLE_DEVICES hides it
  std::shared_ptr<const Gpu> device;
  GpuInfo info;
  // Nothing where the device doesn't have it or the driver refuses.
  std::optional<PowerLimitRange> range;
  std::optional<Watts> default_limit;
  std::optional<Watts> requested_limit;
  std::optional<Watts> enforced_limit;
  std::string problem;        // what the driver answered; empty when all is well
  bool is_journaled = false;  // a job's limit is on it, or may be: its journal has an entry
};

struct EnvCpu {
  int index = 0;
  std::string name;       // "package-0"
  bool has_dram = false;  // its memory is measured, too
};

// Something that is missing or unusual.
using Finding = Problem;

struct EnvReport {
  std::string driver_version;
  std::string driver_problem;  // why there is no driver; empty when there is
  bool is_simulated = false;
  Rights rights;
  std::optional<std::string> cuda_visible_devices;
  std::optional<std::string> cuda_device_order;
  std::vector<EnvGpu> gpus;  // all of the driver's
  std::vector<EnvCpu> cpus;  // whose energy this process may read
  std::string cpu_problem;   // why there are fewer than the machine has; empty: there aren't
  std::vector<Finding> findings;
};

// Adds the daemon that sets this process's limits, and what keeps it from that.
void find_daemon(const Machine& machine, EnvReport& report);

// Adds what jobs that are gone have left to put back.
void find_left_limits(const Machine& machine, EnvReport& report);

[[nodiscard]] std::string env_text(const EnvReport& report, bool colours);

// Whether the GPU reports power, so that its energy can be found by sampling.
[[nodiscard]] inline bool has_power(const GpuInfo& info) {
  return info.has.instant_power || info.has.average_power;
}

[[nodiscard]] std::string to_json(const EnvReport& report);

}  // namespace zeus::apps
