// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_cpus.h"

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <utility>

namespace zeus::daemon {
namespace {

// The daemon counts from its own start: what it counted is lost when it starts again, and so is one
// stretch here.
class DaemonCpu final : public Cpu {
 public:
  DaemonCpu(DaemonClient::Device device, std::shared_ptr<DaemonClient> daemon)
      : device_(device),
        daemon_(std::move(daemon)),
        info_{.name = fmt::format("package-{}", device.id), .has_dram = device.has_dram} {}

  [[nodiscard]] const CpuInfo& info() const override { return info_; }

  [[nodiscard]] CpuEnergy total_energy() override {
    const std::lock_guard lock(mutex_);
    const CpuEnergy shown = daemon_->cpu_energy(device_);
    const Joules dram = shown.dram.value_or(Joules(0));
    if (last_ && shown.package >= last_->package) total_ += shown.package - last_->package;
    if (last_ && dram >= last_->dram) dram_total_ += dram - *last_->dram;
    last_ = {.package = shown.package, .dram = dram};
    CpuEnergy total{.package = total_};
    if (info_.has_dram) total.dram = dram_total_;
    return total;
  }

 private:
  const DaemonClient::Device device_;
  const std::shared_ptr<DaemonClient> daemon_;
  const CpuInfo info_;

  std::mutex mutex_;
  std::optional<CpuEnergy> last_;
  Joules total_{};
  Joules dram_total_{};
};

}  // namespace

std::vector<VisibleCpu> find_cpus(const std::shared_ptr<DaemonClient>& daemon) {
  std::vector<VisibleCpu> cpus;
  try {
    const DaemonClient::Discovery found = daemon->discover();
    if (!found.has_group("cpu-read")) return cpus;
    for (const DaemonClient::Device& device : found.cpus) {
      cpus.push_back({device.id, std::make_shared<DaemonCpu>(device, daemon)});
    }
  } catch (const ZeusBaseError&) {  // as if there were none
    cpus.clear();
  }
  return cpus;
}

}  // namespace zeus::daemon
