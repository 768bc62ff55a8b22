// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/timeline_sampler.h"

#include <fmt/format.h>

#include <cmath>
#include <exception>
#include <latch>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "zeus/device/gpu_controls.h"
#include "zeus/error.h"
#include "zeus/fork_check.h"
#include "zeus/log.h"
#include "zeus/monitor/plausibility.h"
#include "zeus/monitor/power_reader.h"

namespace zeus {
namespace {

bool is_power(SampledQuantity quantity) { return quantity != SampledQuantity::kTemperature; }

}  // namespace

double read_quantity(Gpu& gpu, SampledQuantity quantity) {
  switch (quantity) {
    case SampledQuantity::kInstantPower:
      return gpu.instant_power().value();
    case SampledQuantity::kAveragePower:
      return gpu.average_power().value();
    case SampledQuantity::kMemoryPower:
      return gpu.controls().average_memory_power().value();
    case SampledQuantity::kTemperature:
      break;
  }
  return gpu.temperature().value();
}

class TimelineSampler::State {
 public:
  State(std::vector<SampledSource> sources, Seconds period, std::optional<std::size_t> max_points,
        std::shared_ptr<Clock> clock)
      : period_(period),
        clock_(std::move(clock)),
        unix_time_of_zero_(clock_->unix_time() - clock_->monotonic()) {
    if (!(std::isfinite(period_.value()) && period_ > Seconds(0))) {
      throw ZeusValueError(
          fmt::format("the update period must be a time above zero, not {} s", period_.value()));
    }
    if (max_points && *max_points == 0) {
      throw ZeusValueError("the number of samples to keep must be at least 1");
    }
    for (SampledSource& source : sources) {
      const bool of_power = is_power(source.quantity);
      const auto highest = of_power ? highest_power_limit(*source.visible.gpu) : std::nullopt;
      entries_.push_back({.source = std::move(source),
                          .highest_limit = highest,
                          .timeline = Timeline(max_points)});
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    started_.wait();
  }

  template <class Look>
  auto look_at(std::size_t source, Look look) const {
    fork_check_.require_same_process("This sampler");
    const std::lock_guard lock(mutex_);
    return look(entries_.at(source).timeline);
  }

  void stop() {
    fork_check_.require_same_process("This sampler");
    thread_.request_stop();
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bool forked() const { return fork_check_.forked(); }

 private:
  struct Entry {
    SampledSource source;
    std::optional<Watts> highest_limit;  // of power
    Timeline timeline;
    bool failing = false;
    bool impossible_told = false;
  };

  void run(const std::stop_token& stop) {
    try {
      // Makes this thread known to a virtual clock before anybody who has the sampler can move the
      // time on: no sample is missed.
      clock_->sleep_until(clock_->monotonic() - Seconds(1), stop);
      sample();
      started_.count_down();
      for (Seconds deadline = clock_->monotonic() + period_;; deadline += period_) {
        clock_->sleep_until(deadline, stop);
        if (stop.stop_requested()) return;
        sample();
        // Ticks missed by a slow driver are not made up for.
        if (const Seconds now = clock_->monotonic(); deadline < now) deadline = now;
      }
    } catch (const std::exception& error) {
      if (!started_.try_wait()) started_.count_down();
      log(LogLevel::kWarning, "zeus.monitor.power",
          fmt::format("Sampling has ended: {}", error.what()));
    }
  }

  void sample() {
    for (Entry& entry : entries_) sample(entry);
  }

  void sample(Entry& entry) {
    const SampledSource& source = entry.source;
    try {
      const Seconds now = clock_->monotonic() + unix_time_of_zero_;
      const double value = read_quantity(*source.visible.gpu, source.quantity);
      if (is_power(source.quantity)) {
        if (value == 0) return;
        if (!is_plausible_power(Watts(value), entry.highest_limit)) {
          if (!std::exchange(entry.impossible_told, true)) {
            warn_of_impossible_power(source.visible.index, Watts(value));
          }
          return;
        }
      }
      entry.failing = false;
      const std::lock_guard lock(mutex_);
      entry.timeline.add(now, value);
    } catch (const std::exception& error) {
      tell_failure(entry, error.what());
    }
  }

  static void tell_failure(Entry& entry, std::string_view why) {
    if (std::exchange(entry.failing, true)) return;
    const bool of_power = is_power(entry.source.quantity);
    log(LogLevel::kWarning, of_power ? "zeus.monitor.power" : "zeus.monitor.temperature",
        fmt::format("The {} of GPU {} could not be read: {}", of_power ? "power" : "temperature",
                    entry.source.visible.index, why));
  }

  const ForkCheck fork_check_;
  const Seconds period_;
  const std::shared_ptr<Clock> clock_;
  // Read once: samples stay in order and as far apart as they were, whatever is done to the date.
  const Seconds unix_time_of_zero_;
  mutable std::mutex mutex_;  // of the timelines; never held during a driver call
  std::mutex join_mutex_;
  std::vector<Entry> entries_;
  std::latch started_{1};
  std::jthread thread_;  // last: it uses all of the above
};

TimelineSampler::TimelineSampler(std::vector<SampledSource> sources, Seconds period,
                                 std::optional<std::size_t> max_points,
                                 std::shared_ptr<Clock> clock)
    : state_(std::make_unique<State>(std::move(sources), period, max_points, std::move(clock))) {}

TimelineSampler::~TimelineSampler() {
  // In a forked child the thread does not exist: joining it would wait for ever.
  if (state_->forked()) (void)state_.release();
}

std::vector<TimelinePoint> TimelineSampler::points(std::size_t source, std::optional<Seconds> begin,
                                                   std::optional<Seconds> end) const {
  return state_->look_at(source, [&](const Timeline& it) { return it.points(begin, end); });
}

std::optional<double> TimelineSampler::value_near(std::size_t source,
                                                  std::optional<Seconds> time) const {
  return state_->look_at(source, [&](const Timeline& it) { return it.value_near(time); });
}

std::optional<double> TimelineSampler::integral(std::size_t source, Seconds begin,
                                                Seconds end) const {
  return state_->look_at(source, [&](const Timeline& it) { return it.integral(begin, end); });
}

void TimelineSampler::stop() { state_->stop(); }

}  // namespace zeus
