// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/global_power_limit_optimizer.h"

#include <exception>

#include "zeus/optimizer/optimizer_construction.h"
#include "zeus/optimizer/power_limit_sweep.h"

namespace zeus {
namespace {

// Design decision: training is never killed. Whatever a hook meets ends the tuning instead.
template <class Work>
void guarded(PowerLimitSweep& sweep, Work work) noexcept {
  try {
    work();
  } catch (const std::exception& error) {
    sweep.stop(error.what());
  } catch (...) {
    sweep.stop("an unknown failure");
  }
}

}  // namespace

GlobalPowerLimitOptimizer::GlobalPowerLimitOptimizer(
    ZeusMonitor& monitor, const GlobalPowerLimitOptimizerOptions& options)
    : sweep_(construct_sweep(monitor, options)) {
  active_ = sweep_->wants_steps();
}

GlobalPowerLimitOptimizer::~GlobalPowerLimitOptimizer() = default;

void GlobalPowerLimitOptimizer::step_begin() noexcept {
  guarded(*sweep_, [this] { sweep_->step_begin(); });
  active_ = sweep_->wants_steps();
}

void GlobalPowerLimitOptimizer::on_train_begin() noexcept {
  guarded(*sweep_, [this] { sweep_->resume(); });
  active_ = sweep_->wants_steps();
}

void GlobalPowerLimitOptimizer::on_pause() noexcept {
  guarded(*sweep_, [this] { sweep_->pause("a pause"); });
  active_ = sweep_->wants_steps();
}

void GlobalPowerLimitOptimizer::on_epoch_end() noexcept {
  guarded(*sweep_, [this] { sweep_->pause("the end of an epoch"); });
  active_ = sweep_->wants_steps();
}

void GlobalPowerLimitOptimizer::on_train_end() noexcept {
  guarded(*sweep_, [this] { sweep_->suspend(); });
  active_ = sweep_->wants_steps();
}

void GlobalPowerLimitOptimizer::close() noexcept {
  sweep_->close();
  active_ = false;
}

const OptimizerState& GlobalPowerLimitOptimizer::state() const { return sweep_->state(); }

const std::vector<Watts>& GlobalPowerLimitOptimizer::power_limits() const {
  return sweep_->plan().limits;
}

const std::vector<PowerLimitMeasurement>& GlobalPowerLimitOptimizer::measurements() const {
  return sweep_->measurements();
}

Watts GlobalPowerLimitOptimizer::current_power_limit() const {
  return sweep_->current_power_limit();
}

int GlobalPowerLimitOptimizer::gpu_count() const {
  return static_cast<int>(sweep_->plan().origin.gpu_uuids.size());
}

bool GlobalPowerLimitOptimizer::next_step_only_counts() const noexcept {
  return !active_ || sweep_->next_step_only_counts();
}

}  // namespace zeus
