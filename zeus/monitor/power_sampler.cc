// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/power_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "zeus/log.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.monitor.power";

// Samples that are later than this many periods leave a gap; less is a busy machine's jitter.
constexpr double kGapPeriods = 2.5;

std::string describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace

Seconds longest_bridged_gap(Seconds sampling_period) {
  return std::max(Seconds(1), 5 * sampling_period);
}

PowerSampler::PowerSampler(VisibleGpu gpu, Seconds period, std::shared_ptr<Clock> clock)
    : reader_(std::move(gpu)), period_(period), clock_(std::move(clock)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  started_.wait();
}

PowerSampler::Edge PowerSampler::edge(Seconds time) {
  std::optional<Gap> gap;
  Edge edge;
  try {
    const Watts power = reader_.read();
    const std::lock_guard lock(mutex_);
    if (gave_up_) std::rethrow_exception(gave_up_);
    gap = add(time, power);
    edge = {.energy = integral_.total_at(time), .doubt = doubt_, .breaks = breaks_};
  } catch (...) {
    record_failure(time, std::current_exception());
    throw;
  }
  if (gap) report(*gap);
  return edge;
}

void PowerSampler::throw_break() const {
  std::exception_ptr failure;
  {
    const std::lock_guard lock(mutex_);
    failure = break_failure_;
  }
  std::rethrow_exception(failure);
}

std::optional<PowerSampler::Gap> PowerSampler::add(Seconds time, Watts power) {
  if (!integral_.started() || time < integral_.newest()) {
    integral_.add_sample(time, power);
    return std::nullopt;
  }
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  long_failure_told_ = false;
  const Seconds length = time - integral_.newest();
  if (failure == nullptr && length <= kGapPeriods * period_) {
    integral_.add_sample(time, power);
    return std::nullopt;
  }
  const Watts change = power - integral_.newest_power();
  doubt_ += Watts(std::abs(change.value())) * length / 2;
  integral_.bridge_to(time, power);
  // Time without a sample is bridged however long: the process was stopped, and so is its training.
  const bool is_bridged = failure == nullptr || length <= longest_bridged_gap(period_);
  if (!is_bridged) {
    ++breaks_;
    break_failure_ = failure;
  }
  return Gap{.length = length, .is_bridged = is_bridged, .failure = failure};
}

void PowerSampler::report(const Gap& gap) {
  // One late sample is worth no line.
  if (gap.failure == nullptr && gap.length <= longest_bridged_gap(period_)) return;
  if (!gap.is_bridged) return;  // reported when it became too long
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(gap_told_, true)) return;
  }
  log(LogLevel::kWarning, kLogger,
      fmt::format("There was no power reading of GPU {} for {:.3g} s ({}). The gap was filled with "
                  "the mean of the powers before and after it. Later gaps of this GPU are not "
                  "reported.",
                  reader_.gpu().index, gap.length.value(),
                  gap.failure ? describe(gap.failure) : "the sampling thread did not run"));
}

void PowerSampler::run(const std::stop_token& stop) {
  try {
    // Makes this thread known to a virtual clock before anybody who has the sampler can move the
    // time on: no sample is missed.
    clock_->sleep_until(clock_->monotonic() - Seconds(1), stop);
  } catch (...) {
    give_up(std::current_exception());
  }
  started_.count_down();
  try {
    sample(stop);
  } catch (...) {
    give_up(std::current_exception());
  }
}

void PowerSampler::sample(const std::stop_token& stop) {
  Seconds deadline = clock_->monotonic();
  while (!stop.stop_requested()) {
    try {
      edge(clock_->monotonic());
    } catch (...) {  // NOLINT(bugprone-empty-catch): edge() keeps it; the next sample tries again
    }
    deadline += period_;
    // Ticks missed by a slow driver are not made up for.
    if (const Seconds now = clock_->monotonic(); deadline < now) deadline = now + period_;
    clock_->sleep_until(deadline, stop);
  }
}

void PowerSampler::give_up(const std::exception_ptr& failure) {
  const std::lock_guard lock(mutex_);
  gave_up_ = failure;
}

void PowerSampler::record_failure(Seconds time, const std::exception_ptr& failure) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    const bool is_long =
        integral_.started() && time - integral_.newest() > longest_bridged_gap(period_);
    if (!is_long || std::exchange(long_failure_told_, true)) return;
  }
  log(LogLevel::kWarning, kLogger,
      fmt::format("The power of GPU {} could not be read for more than {:.3g} s ({}). Measurement "
                  "windows that are open now will fail.",
                  reader_.gpu().index, longest_bridged_gap(period_).value(), describe(failure)));
}

}  // namespace zeus
