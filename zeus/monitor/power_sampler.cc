// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/power_sampler.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "zeus/log.h"

namespace zeus {
namespace {

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

bool has_power_reading(const Gpu& gpu) {
  return gpu.info().has.instant_power || gpu.info().has.average_power;
}

Watts read_power(const Gpu& gpu) {
  return gpu.info().has.instant_power ? gpu.instant_power() : gpu.average_power();
}

PowerSampler::PowerSampler(std::vector<VisibleGpu> gpus, Seconds period,
                           std::shared_ptr<Clock> clock)
    : period_(period), clock_(std::move(clock)) {
  sources_.reserve(gpus.size());
  for (VisibleGpu& gpu : gpus) sources_.push_back({.visible = std::move(gpu)});
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  started_.wait();
}

PowerSampler::Edge PowerSampler::edge(std::size_t slot, Seconds time) {
  Source& source = sources_[slot];
  try {
    const Watts power = read_power(*source.visible.gpu);
    const std::lock_guard lock(mutex_);
    if (gave_up_) std::rethrow_exception(gave_up_);
    source.integral.add_sample(time, power);
    source.failing = false;
    return {.energy = source.integral.total_at(time), .failures = source.failures};
  } catch (...) {
    record_failure(source, std::current_exception());
    throw;
  }
}

Joules PowerSampler::between(std::size_t slot, const Edge& begin, const Edge& end) const {
  if (begin.failures == end.failures) return end.energy - begin.energy;
  std::exception_ptr failure;
  {
    const std::lock_guard lock(mutex_);
    failure = sources_[slot].last_failure;
  }
  std::rethrow_exception(failure);
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
    for (std::size_t slot = 0; slot < sources_.size(); ++slot) {
      const Seconds now = clock_->monotonic();
      try {
        edge(slot, now);
      } catch (...) {  // NOLINT(bugprone-empty-catch): edge() keeps it for the windows it breaks
      }
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

void PowerSampler::record_failure(Source& source, const std::exception_ptr& failure) {
  bool was_failing = false;
  {
    const std::lock_guard lock(mutex_);
    ++source.failures;
    source.last_failure = failure;
    was_failing = std::exchange(source.failing, true);
  }
  if (!was_failing && log_enabled(LogLevel::kWarning)) {
    log(LogLevel::kWarning, "zeus.monitor.power",
        fmt::format("The power of GPU {} could not be read ({}); measurement windows that are open "
                    "now will fail.",
                    source.visible.index, describe(failure)));
  }
}

}  // namespace zeus
