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

// A probe drops the older half of its steps, because they drift, so many times.
constexpr int kMostHalvings = 2;

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

Probe::Probe(const KnobSetting& setting, std::vector<VisibleGpu> gpus, int steps,
             std::optional<SureProbing> sure)
    : setting_(setting), wanted_(steps), steps_left_(steps), sure_(std::move(sure)) {
  gpus_.reserve(gpus.size());
  for (VisibleGpu& gpu : gpus) gpus_.push_back({.visible = std::move(gpu)});
  if (!sure_) return;
  series_.emplace(gpus_.size(), sure_->rules);
  next_look_ = steps;
  shown_.resize(gpus_.size());
}

void Probe::open(ZeusMonitor& monitor) {
  if (measured() == 0) {
    for (Counted& gpu : gpus_) gpu.enforced = enforced_limit(*gpu.visible.gpu);
  }
  std::string name = fmt::format("__GlobalPowerLimitOptimizer_{:g}", setting_.power_limit.value());
  const Seconds before = monitor.clock()->monotonic();
  // A window of that name may be left of an optimizer that was superseded. Where a host hands steps
  // to the GPU in advance, waiting for them would make the next steps unlike the others.
  monitor.begin_window(name, /*sync_execution=*/!series_, /*restart=*/true);
  window_ = std::move(name);
  steps_at_open_ = steps_left_;
  times_at_open_ = step_times_;
  last_step_ = monitor.clock()->monotonic();
  if (!series_) return;
  opened_ = before;
  series_->open(before, /*after_same=*/!was_interrupted_);
  read_energies(before);
  was_interrupted_ = true;
}

void Probe::close(ZeusMonitor& monitor, bool is_last_step_complete) {
  if (series_) {
    const std::string name = std::exchange(window_, {});
    const Measurement measurement = monitor.end_window(name);
    close_series(opened_ + measurement.time, is_last_step_complete);
    return;
  }
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
  if (series_) {
    series_->drop_stretch();
    steps_left_ = next_look_ - series_->steps();
  }
  try {
    monitor.cancel_window(name, /*sync_execution=*/false);
  } catch (const std::exception& error) {
    log(LogLevel::kDebug, kTuningLogger,
        std::string("A window could not be cancelled: ") + error.what());
  }
}

bool Probe::is_enough() {
  if (series_) return is_done_ || look();
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

// --- where figures are to be sure -------------------------------------------------------------

bool Probe::add_step(Seconds now) {
  series_->add(now);
  if (series_->steps() >= next_reading_) read_energies(now);
  return --steps_left_ == 0 && look();
}

// What the counters show at the last step's begin.
void Probe::read_energies(Seconds now) {
  for (std::size_t i = 0; i < shown_.size(); ++i) shown_[i] = sure_->readers[i]->read(now).energy;
  series_->read(shown_);
  next_reading_ = series_->steps() + series_->steps_between_readings();
}

void Probe::close_series(Seconds end, bool is_last_step_complete) {
  if (is_last_step_complete) {
    series_->add(end);
    --steps_left_;
    read_energies(end);
  }
  if (series_->is_stretch_empty()) series_->drop_stretch();
}

// Whether what is measured is enough; if it isn't, steps_left() says when to look again.
bool Probe::look() {
  if (is_open() && series_->last_reading() < series_->steps()) read_energies(series_->last_begin());
  figures_ = series_->figures();
  if (!series_->is_enough(figures_)) {
    next_look_ = series_->next_look(figures_);
  } else if (figures_.drifts && !sure_->is_reference && halvings_ < kMostHalvings) {
    ++halvings_;
    series_->drop_older_half();
    next_reading_ = series_->steps();
    next_look_ = std::max(sure_->rules.least_steps, series_->steps() + 1);
  } else {
    require_moved();
    is_done_ = true;
  }
  if (!is_done_) steps_left_ = next_look_ - series_->steps();
  return is_done_;
}

void Probe::require_moved() const {
  const bool has_moved = figures_.energies.size() == gpus_.size() &&
                         std::ranges::all_of(figures_.energies, [](const EnergyOfStep& it) {
                           return it.energy > Joules(0);
                         });
  if (has_moved) return;
  throw ZeusBaseGPUError(fmt::format("the energy counter did not move over {} steps at {}",
                                     series_->steps(), describe(setting_)));
}

ProbeResult Probe::result_of_series() const {
  ProbeResult result{.setting = setting_,
                     .time = figures_.time * wanted_,
                     .time_error = figures_.time_error * wanted_,
                     .steps = figures_.steps,
                     .long_steps = figures_.long_steps,
                     .drifts = figures_.drifts,
                     .is_sure = figures_.is_sure};
  double variance = 0.0;
  for (const EnergyOfStep& it : figures_.energies) {
    result.energy += it.energy * wanted_;
    variance += it.error.value() * it.error.value();
  }
  result.energy_error = Joules(std::sqrt(variance) * wanted_);
  return result;
}

std::optional<std::string> Probe::doubt() const {
  for (const Counted& gpu : gpus_) {
    const std::optional<Watts> now = enforced_limit(*gpu.visible.gpu);
    if (gpu.enforced && now && !same_limit(*gpu.enforced, *now)) {
      return fmt::format("the limit in force on GPU {} changed from {:g} W to {:g} W meanwhile",
                         gpu.visible.index, gpu.enforced->value(), now->value());
    }
    const Watts most = setting_.power_limit * kMostMeanOverLimit;
    const std::optional<Watts> draw = mean_draw(gpu);
    if (draw && *draw > most) {
      return fmt::format("GPU {} drew {:.0f} W, more than {:g} W allow", gpu.visible.index,
                         draw->value(), setting_.power_limit.value());
    }
  }
  return std::nullopt;
}

// Nothing where too little was measured to tell.
std::optional<Watts> Probe::mean_draw(const Counted& gpu) const {
  if (!series_) {
    if (time_ < kLeastForDraw) return std::nullopt;
    return gpu.energy / time_;
  }
  const auto place = static_cast<std::size_t>(&gpu - gpus_.data());
  // Where epochs are short the energy is of more than the steps.
  if (series_->time() < kLeastForDraw || figures_.share_of_steps < 1.0) return std::nullopt;
  return figures_.energies.at(place).energy / figures_.time;
}

ProbeResult Probe::result() const {
  if (series_) return result_of_series();
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
