// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/global_power_limit_optimizer.h"

#include <exception>

#include "zeus/optimizer/tuning.h"
#include "zeus/optimizer/tuning_construction.h"

namespace zeus {

// Design decision: training is never killed. Whatever a hook meets ends the tuning instead.
template <class Work>
void GlobalPowerLimitOptimizer::run(Work work) noexcept {
  try {
    work(*tuning_);
  } catch (const std::exception& error) {
    tuning_->stop(error.what());
  } catch (...) {
    tuning_->stop("an unknown failure");
  }
  active_ = tuning_->wants_hooks();
}

GlobalPowerLimitOptimizer::GlobalPowerLimitOptimizer(
    ZeusMonitor& monitor, const GlobalPowerLimitOptimizerOptions& options)
    : tuning_(construct_tuning(monitor, heartbeat_, options)) {
  active_ = tuning_->wants_hooks();
}

GlobalPowerLimitOptimizer::~GlobalPowerLimitOptimizer() = default;

void GlobalPowerLimitOptimizer::step_begin() noexcept {
  run([](Tuning& tuning) { tuning.step_begin(); });
}

void GlobalPowerLimitOptimizer::step_end() noexcept {
  run([](Tuning& tuning) { tuning.step_end(); });
}

void GlobalPowerLimitOptimizer::on_train_begin() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.train_begin(); });
}

void GlobalPowerLimitOptimizer::on_epoch_begin() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.epoch_begin(); });
}

void GlobalPowerLimitOptimizer::on_pause() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.pause("a pause"); });
}

void GlobalPowerLimitOptimizer::on_epoch_end() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.epoch_end(); });
}

void GlobalPowerLimitOptimizer::on_train_end() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.train_end(); });
}

void GlobalPowerLimitOptimizer::on_train_interrupted() noexcept {
  heartbeat_.step_ends();
  run([](Tuning& tuning) { tuning.interrupt(); });
}

void GlobalPowerLimitOptimizer::on_batch_size(std::int64_t samples) noexcept {
  run([samples](Tuning& tuning) { tuning.batch_size(samples); });
}

void GlobalPowerLimitOptimizer::close() noexcept {
  tuning_->close();
  active_ = false;
}

const OptimizerState& GlobalPowerLimitOptimizer::state() const { return tuning_->state(); }

const std::vector<Watts>& GlobalPowerLimitOptimizer::power_limits() const {
  return tuning_->plan().limits;
}

const std::vector<PowerLimitMeasurement>& GlobalPowerLimitOptimizer::measurements() const {
  return tuning_->measurements();
}

Watts GlobalPowerLimitOptimizer::current_power_limit() const {
  return tuning_->current_power_limit();
}

TuningProgress GlobalPowerLimitOptimizer::progress() const { return tuning_->progress(); }

TuningReport GlobalPowerLimitOptimizer::report() const { return tuning_->report(); }

bool GlobalPowerLimitOptimizer::is_retuning() const { return tuning_->is_retuning(); }

int GlobalPowerLimitOptimizer::gpu_count() const {
  return static_cast<int>(tuning_->plan().origin.gpu_uuids.size());
}

bool GlobalPowerLimitOptimizer::next_step_only_counts() const noexcept {
  if (heartbeat_.has_news()) return false;
  return !active_ || tuning_->next_step_only_counts();
}

bool GlobalPowerLimitOptimizer::next_step_end_only_counts() const noexcept {
  if (heartbeat_.has_news()) return heartbeat_.marks_begins() && !active_;
  return !active_ || tuning_->marks_begins() || next_step_only_counts();
}

}  // namespace zeus
