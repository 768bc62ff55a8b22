// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_gpu.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zeus/device/gpu_controls.h"

namespace zeus::daemon {
namespace {

class DaemonGpu final : public Gpu, private GpuControls {
 public:
  DaemonGpu(std::shared_ptr<Gpu> gpu, std::shared_ptr<DaemonClient> daemon)
      : gpu_(std::move(gpu)), daemon_(std::move(daemon)), info_(gpu_->info()) {
    info_.written_by = daemon_->socket();
  }

  [[nodiscard]] const GpuInfo& info() const override { return info_; }
  [[nodiscard]] PowerLimitRange power_limit_range() const override {
    return gpu_->power_limit_range();
  }
  [[nodiscard]] PowerLimitRange settable_power_limits() const override {
    return daemon_->power_limit_constraints(info()).value_or(power_limit_range());
  }
  [[nodiscard]] Watts default_power_limit() const override { return gpu_->default_power_limit(); }
  [[nodiscard]] Watts power_limit() const override { return gpu_->power_limit(); }
  [[nodiscard]] Watts enforced_power_limit() const override { return gpu_->enforced_power_limit(); }
  void set_power_limit(Watts limit) override { daemon_->set_power_limit(info(), limit); }
  [[nodiscard]] Joules total_energy() const override { return gpu_->total_energy(); }
  [[nodiscard]] Watts instant_power() const override { return gpu_->instant_power(); }
  [[nodiscard]] Watts average_power() const override { return gpu_->average_power(); }
  [[nodiscard]] Celsius temperature() const override { return gpu_->temperature(); }
  [[nodiscard]] std::optional<MegaHertz> clock() const override { return gpu_->clock(); }
  [[nodiscard]] std::optional<ClockReasons> clock_reasons() const override {
    return gpu_->clock_reasons();
  }
  [[nodiscard]] std::string restore_command(Watts limit) const override {
    return gpu_->restore_command(limit);
  }
  [[nodiscard]] GpuControls& controls() override {
    (void)gpu_->controls();  // throws where there are none
    return *this;
  }

 private:
  [[nodiscard]] bool persistence_mode() const override {
    return gpu_->controls().persistence_mode();
  }
  void set_persistence_mode(bool enabled) override {
    daemon_->set_persistence_mode(info(), enabled);
  }
  [[nodiscard]] std::vector<unsigned> supported_memory_clocks() const override {
    return gpu_->controls().supported_memory_clocks();
  }
  [[nodiscard]] std::vector<unsigned> supported_graphics_clocks(
      unsigned memory_clock) const override {
    return gpu_->controls().supported_graphics_clocks(memory_clock);
  }
  void lock_memory_clocks(unsigned min, unsigned max) override {
    daemon_->lock_memory_clocks(info(), min, max);
  }
  void unlock_memory_clocks() override { daemon_->unlock_memory_clocks(info()); }
  void lock_graphics_clocks(unsigned min, unsigned max) override {
    daemon_->lock_graphics_clocks(info(), min, max);
  }
  void unlock_graphics_clocks() override { daemon_->unlock_graphics_clocks(info()); }
  [[nodiscard]] Watts average_memory_power() const override {
    return gpu_->controls().average_memory_power();
  }

  const std::shared_ptr<Gpu> gpu_;
  const std::shared_ptr<DaemonClient> daemon_;
  GpuInfo info_;
};

}  // namespace

std::shared_ptr<Gpu> written_by_daemon(std::shared_ptr<Gpu> gpu,
                                       std::shared_ptr<DaemonClient> daemon) {
  return std::make_shared<DaemonGpu>(std::move(gpu), std::move(daemon));
}

}  // namespace zeus::daemon
