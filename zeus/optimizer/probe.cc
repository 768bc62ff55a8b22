// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/monitor/plausibility.h"
#include "zeus/optimizer/tuning_log.h"

namespace zeus {
namespace {

// A setting whose energy reads as zero (steps far shorter than the counter's period) is measured
// for as many steps again; a counter that hasn't moved after this many rounds is not going to.
constexpr int kMostRounds = 20;

// From here on a counter's ticks don't matter for the mean power.
constexpr Seconds kLeastForDraw{5.0};

std::optional<Watts> enforced_limit(const Gpu& gpu) {
  if (!gpu.info().has.enforced_power_limit) return std::nullopt;
  try {
    return gpu.enforced_power_limit();
  } catch (const std::exception&) {
    return std::nullopt;  // not known is no reason to stop
  }
}

}  // namespace

double RunningScatter::deviation() const {
  if (count_ < 2) return 0.0;
  return std::sqrt(std::max(0.0, squares_ - sum_ * sum_ / count_) / (count_ - 1));
}

Probe::Probe(const KnobSetting& setting, std::vector<VisibleGpu> gpus, int steps)
    : setting_(setting), wanted_(steps), steps_left_(steps) {
  gpus_.reserve(gpus.size());
  for (VisibleGpu& gpu : gpus) gpus_.push_back({.visible = std::move(gpu)});
}

void Probe::open(ZeusMonitor& monitor) {
  if (measured_ == 0) {
    for (Counted& gpu : gpus_) gpu.enforced = enforced_limit(*gpu.visible.gpu);
  }
  std::string name = fmt::format("__GlobalPowerLimitOptimizer_{:g}", setting_.power_limit.value());
  // A window of that name may be left of an optimizer that was superseded.
  monitor.begin_window(name, /*sync_execution=*/true, /*restart=*/true);
  window_ = std::move(name);
  steps_at_open_ = steps_left_;
  times_at_open_ = step_times_;
  last_step_ = monitor.clock()->monotonic();
}

void Probe::close(ZeusMonitor& monitor, bool is_last_step_complete) {
  if (is_last_step_complete) --steps_left_;
  const int steps = steps_at_open_ - steps_left_;
  if (steps == 0) {
    drop(monitor);
    return;
  }
  const std::string name = std::exchange(window_, {});
  const Measurement measurement = monitor.end_window(name);
  measured_ += steps;
  time_ += measurement.time;
  for (Counted& gpu : gpus_) {
    for (const GpuEnergy& found : measurement.gpu_energy) {
      if (found.index != gpu.visible.index) continue;
      gpu.energy += found.energy;
      // Each end of a window is anywhere within a tick of the counter.
      if (measurement.time > Seconds(0)) {
        const Watts power = found.energy / measurement.time;
        const double tick = (power * gpu.visible.gpu->info().counter_period).value();
        gpu.variance += tick * tick / 6.0;
      }
    }
  }
}

void Probe::drop(ZeusMonitor& monitor) noexcept {
  if (!is_open()) return;
  const std::string name = std::exchange(window_, {});
  steps_left_ = steps_at_open_;
  step_times_ = times_at_open_;
  try {
    monitor.cancel_window(name, /*sync_execution=*/false);
  } catch (const std::exception& error) {
    log(LogLevel::kDebug, kTuningLogger,
        std::string("A window could not be cancelled: ") + error.what());
  }
}

bool Probe::is_enough() {
  const bool has_moved = time_ > Seconds(0) && std::ranges::all_of(gpus_, [](const Counted& gpu) {
                           return gpu.energy > Joules(0);
                         });
  if (has_moved) return true;
  if (++rounds_ == kMostRounds) {
    throw ZeusBaseGPUError(fmt::format("the energy counter did not move over {} steps at {}",
                                       measured_, describe(setting_)));
  }
  steps_left_ = wanted_;
  return false;
}

std::optional<std::string> Probe::doubt() const {
  for (const Counted& gpu : gpus_) {
    const std::optional<Watts> now = enforced_limit(*gpu.visible.gpu);
    if (gpu.enforced && now && !same_limit(*gpu.enforced, *now)) {
      return fmt::format("the limit in force on GPU {} changed from {:g} W to {:g} W meanwhile",
                         gpu.visible.index, gpu.enforced->value(), now->value());
    }
    const Watts most = setting_.power_limit * kMostMeanOverLimit;
    if (time_ >= kLeastForDraw && gpu.energy / time_ > most) {
      return fmt::format("GPU {} drew {:.0f} W, more than {:g} W allow", gpu.visible.index,
                         (gpu.energy / time_).value(), setting_.power_limit.value());
    }
  }
  return std::nullopt;
}

ProbeResult Probe::result() const {
  const double share = static_cast<double>(wanted_) / static_cast<double>(measured_);
  Joules energy;
  double variance = 0.0;
  for (const Counted& gpu : gpus_) {
    energy += gpu.energy;
    variance += gpu.variance;
  }
  const Seconds time = time_ * share;
  const Seconds time_error(step_times_.deviation() * std::sqrt(measured_) * share);
  // What the counter's ticks leave open, and what follows from the steps' scatter.
  const double from_time = time > Seconds(0) ? (time_error / time) * (energy * share).value() : 0.0;
  return {.setting = setting_,
          .energy = energy * share,
          .time = time,
          .energy_error = Joules(std::sqrt(variance * share * share + from_time * from_time)),
          .time_error = time_error,
          .steps = measured_};
}

}  // namespace zeus
