// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/world.h"

#include <algorithm>
#include <cmath>

namespace zeus::search_regret {
namespace {

constexpr double kReadTime = 0.0003;  // s, of a counter
constexpr double kSetTime = 0.015;    // s, of a limit
constexpr double kSettleTime = 0.15;  // s, in which a limit comes into force
constexpr double kHostTime = 0.0002;  // s, to hand over a step
constexpr double kIdleShare = 0.25;   // of the ceiling's power
constexpr double kGapSteps = 5;       // the length of what is between two epochs
constexpr double kGapShare = 0.5;     // of the ceiling's power, while that lasts
constexpr double kHeatTime = 60;      // s
constexpr double kEvaluationSteps = 30;
constexpr double kEvaluationPower = 0.7;
constexpr double kLongCycleTime = 5;
constexpr double kLongCyclePower = 0.6;
constexpr double kLongTime = 2.5;
constexpr double kPulseShare = 0.6;
constexpr double kPulseLow = 0.3;

}  // namespace

World::World(const TrueCurve& curve, const Scenario& scenario, std::uint64_t seed)
    : curve_(curve), scenario_(scenario), random_(seed), limit_(curve.ceiling) {
  limit_before_ = limit_;
  limit_set_ = -100;
  now_ = 100;
  gpu_free_ = counted_until_ = now_;
  tick_phase_ = uniform() * kTick;
  window_ = scenario_.window_scatter * normal();
  heat_ = uniform() < 0.5 ? scenario_.heat : -scenario_.heat;
  if (scenario_.cycles) {
    cycle_ = 4 + static_cast<int>(uniform() * 5);
    cycle_phase_ = static_cast<int>(uniform() * cycle_);
  }
  if (scenario_.evaluation_every > 0) {
    evaluation_phase_ = static_cast<int>(uniform() * scenario_.evaluation_every);
  }
}

World::LongOnes World::long_ones() const {
  if (cycle_ > 0) return {.share = 1.0 / cycle_, .time = kLongCycleTime, .power = kLongCyclePower};
  return {.share = scenario_.long_share, .time = kLongTime, .power = 1.0};
}

double World::long_time(double limit) const {
  return long_ones().time * (scenario_.long_is_fixed ? 1.0 : curve_.time(limit));
}

double World::mean_time(double limit) const {
  const double share = long_ones().share;
  return (1 - share) * curve_.time(limit) + share * long_time(limit);
}

double World::mean_power(double limit) const {
  const LongOnes ones = long_ones();
  const double energy =
      (1 - ones.share) * curve_.time(limit) + ones.share * long_time(limit) * ones.power;
  return curve_.power(limit) * energy / mean_time(limit);
}

World::Event World::next() {
  if (!in_epoch_) {
    if (steps_ > 0) run_gap();
    in_epoch_ = true;
    step_of_epoch_ = 0;
    return Event::kEpochBegin;
  }
  if (step_is_due_) {
    run_step();
    step_is_due_ = false;
    if (++step_of_epoch_ == scenario_.epoch_steps) {
      in_epoch_ = false;
      return Event::kEpochEnd;
    }
  }
  step_is_due_ = true;
  return Event::kStepBegin;
}

double World::effective_limit(double time) const {
  const double since = std::max(0.0, time - limit_set_);
  if (since > 10 * kSettleTime) return limit_;
  return limit_ + (limit_before_ - limit_) * std::exp(-since / kSettleTime);
}

// Of ln(time), at the step that begins.
double World::disturbance() {
  const double fresh = scenario_.step_scatter * normal();
  if (scenario_.correlation > 0) {
    const double rest = std::sqrt(1 - scenario_.correlation * scenario_.correlation);
    correlated_ = scenario_.correlation * correlated_ + rest * fresh;
  } else {
    correlated_ = fresh;
  }
  double total = correlated_ + window_;
  if (heat_ != 0) total += heat_ * (1 - std::exp(-(now_ - 100) / kHeatTime));
  if (scenario_.early > 0)
    total += std::log1p(scenario_.early * std::exp(-steps_ / scenario_.early_steps));
  return total;
}

void World::run_step() {
  const double start = std::max(gpu_free_, now_);
  const double limit = effective_limit(start);
  double time = scenario_.step * curve_.time(limit) * std::exp(disturbance());
  double power = curve_.power(limit) * std::exp(scenario_.power_scatter * normal());
  if (heat_ != 0) power *= std::exp(heat_ / 2 * (1 - std::exp(-(start - 100) / kHeatTime)));
  if (scenario_.length_scatter > 0) {
    time *= 1 + scenario_.length_scatter * std::sqrt(12.0) * (uniform() - 0.5);
  }
  const bool ends_cycle = cycle_ > 0 && (steps_ + cycle_phase_) % cycle_ == 0;
  if (ends_cycle || (scenario_.long_share > 0 && uniform() < scenario_.long_share)) {
    time *= long_time(limit) / curve_.time(limit);
    power *= long_ones().power;
  }
  if (scenario_.stall_share > 0 && uniform() < scenario_.stall_share) {
    work(time, power);
    time *= 9;
    power *= 0.4;
  }
  if (scenario_.pulses) {
    const double high = power / (kPulseShare + (1 - kPulseShare) * kPulseLow);
    work(time * kPulseShare, high);
    work(time * (1 - kPulseShare), high * kPulseLow);
  } else {
    work(time, power);
  }
  if (trace_.empty() || trace_.back().limit != limit_) trace_.push_back({.limit = limit_});
  ++trace_.back().steps;
  ++steps_;
  if (scenario_.evaluation_every > 0 &&
      (steps_ + evaluation_phase_) % scenario_.evaluation_every == 0) {
    work(kEvaluationSteps * scenario_.step, kEvaluationPower * curve_.power(limit));
  }
  step_ends_.push_back(gpu_free_);
  now_ += kHostTime;
  while (step_ends_.size() > static_cast<std::size_t>(scenario_.host_ahead)) {
    now_ = std::max(now_, step_ends_.front());
    step_ends_.pop_front();
  }
}

void World::run_gap() {
  wait_for_gpu();
  const double share = kGapShare * std::exp(scenario_.gap_scatter * normal());
  work(kGapSteps * scenario_.step, share * curve_.power(curve_.ceiling));
  wait_for_gpu();
}

void World::work(double seconds, double power) {
  if (now_ > gpu_free_) idle_until(now_);
  gpu_free_ += seconds;
  stretches_.push_back({.end = gpu_free_, .power = power});
}

void World::idle_until(double time) {
  stretches_.push_back({.end = time, .power = kIdleShare * curve_.power(curve_.ceiling)});
  gpu_free_ = time;
}

void World::wait_for_gpu() {
  now_ = std::max(now_, gpu_free_);
  step_ends_.clear();
}

void World::count(double until) {
  if (until > gpu_free_) idle_until(until);
  while (counted_until_ < until) {
    const Stretch& stretch = stretches_.front();
    const double end = std::min(until, stretch.end);
    energy_ += stretch.power * (end - counted_until_);
    counted_until_ = end;
    if (end >= stretch.end) stretches_.pop_front();
  }
}

double World::read_counter() {
  const double tick = tick_phase_ + std::floor((now_ - tick_phase_) / kTick) * kTick;
  if (tick > counted_until_) {
    count(tick);
    shown_ = energy_;
  }
  now_ += kReadTime;
  return shown_;
}

void World::set_limit(double limit) {
  limit_before_ = effective_limit(now_);
  now_ += kSetTime;
  limit_set_ = now_;
  limit_ = limit;
  window_ = scenario_.window_scatter * normal();
}

}  // namespace zeus::search_regret
