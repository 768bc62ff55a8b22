// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A GPU made of numbers that a test sets: what it answers, which calls fail and when, and how often
// it was asked. Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/error.h"

namespace zeus::testing {

enum class GpuCall : std::size_t {
  kPowerLimitRange,
  kDefaultPowerLimit,
  kPowerLimit,
  kEnforcedPowerLimit,
  kSetPowerLimit,
  kTotalEnergy,
  kInstantPower,
  kAveragePower,
  kTemperature,
  kClock,
  kClockReasons,
};
inline constexpr std::size_t kGpuCalls = 11;

// A V100 with everything; `number` makes the UUID and the PCI address differ.
inline GpuInfo v100_info(int number = 0) {
  GpuInfo info;
  info.name = "Tesla V100-SXM2-32GB";
  info.uuid = "GPU-00000000-0000-0000-0000-00000000000" + std::to_string(number % 10);
  if (number >= 10) info.uuid[info.uuid.size() - 2] = '1';
  info.pci_address = "00000000:0" + std::string(1, "123456789ABCDEF0"[number % 16]) + ":00.0";
  info.architecture = "Volta";
  info.has = {.energy_counter = true,
              .instant_power = true,
              .average_power = true,
              .temperature = true,
              .power_limit = true,
              .default_power_limit = true,
              .enforced_power_limit = true};
  info.counter_period = Seconds(0.02);
  return info;
}

// A GPU from before energy counters.
inline GpuInfo p100_info(int number = 0) {
  GpuInfo info = v100_info(number);
  info.name = "Tesla P100-PCIE-16GB";
  info.architecture = "Pascal";
  info.has.energy_counter = false;
  info.has.average_power = false;
  return info;
}

class StubGpu : public Gpu {
 public:
  static constexpr int kForever = std::numeric_limits<int>::max();

  explicit StubGpu(GpuInfo info = v100_info()) : info_(std::move(info)) {}

  // --- what it answers -------------------------------------------------------------------------
  void set_energy(Joules energy) {
    set_energy_source([energy] { return energy; });
  }
  // Asked at each reading, for a counter that runs with a clock. Called outside the stub's lock.
  void set_energy_source(std::function<Joules()> source) {
    const std::lock_guard lock(mutex_);
    energy_ = std::move(source);
  }
  // Both the instant and the average power.
  void set_power(Watts power) {
    set_power_source([power] { return power; });
  }
  void set_power_source(const std::function<Watts()>& source) {
    const std::lock_guard lock(mutex_);
    instant_power_ = source;
    average_power_ = source;
  }
  void set_average_power(Watts power) {
    const std::lock_guard lock(mutex_);
    average_power_ = [power] { return power; };
  }
  void set_temperature(Celsius temperature) {
    const std::lock_guard lock(mutex_);
    temperature_ = temperature;
  }
  // Nothing: the device doesn't tell.
  void set_clock(std::optional<MegaHertz> clock) {
    const std::lock_guard lock(mutex_);
    clock_ = clock;
  }
  void set_clock_reasons(std::optional<ClockReasons> reasons) {
    const std::lock_guard lock(mutex_);
    clock_reasons_ = reasons;
  }
  void set_limit_range(PowerLimitRange range) {
    const std::lock_guard lock(mutex_);
    range_ = range;
  }
  void set_default_limit(Watts limit) {
    const std::lock_guard lock(mutex_);
    default_limit_ = limit;
  }
  // Somebody else sets the requested limit: not counted, not in limits_set().
  void set_limit_from_outside(Watts limit) {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  // A limit of the board or the host, stricter than the requested one.
  void set_host_limit(std::optional<Watts> limit) {
    const std::lock_guard lock(mutex_);
    host_limit_ = limit;
  }

  // --- what fails ------------------------------------------------------------------------------
  // The next `after` calls succeed, then `times` throw `error`, then they succeed again. Replaces
  // an earlier order for the same call.
  void fail_with(GpuCall call, std::exception_ptr error, int after = 0, int times = kForever) {
    const std::lock_guard lock(mutex_);
    failures_.at(static_cast<std::size_t>(call)) = {
        .error = std::move(error), .after = after, .times = times};
  }
  // For example gpu->fail<ZeusGPULostError>(GpuCall::kTotalEnergy).
  template <class Error = ZeusGPUUnknownError>
  void fail(GpuCall call, int after = 0, int times = kForever, int code = 999) {
    fail_with(call, std::make_exception_ptr(Error("the stub was told to fail", code, "stub")),
              after, times);
  }
  void heal() {
    const std::lock_guard lock(mutex_);
    failures_ = {};
  }

  // Runs at the begin of every call, outside the stub's lock: to look at the order of events, or to
  // change something just then.
  void set_on_call(std::function<void(GpuCall)> on_call) {
    const std::lock_guard lock(mutex_);
    on_call_ = std::move(on_call);
  }

  // --- what was asked --------------------------------------------------------------------------
  [[nodiscard]] int calls(GpuCall call) const {
    const std::lock_guard lock(mutex_);
    return calls_.at(static_cast<std::size_t>(call));
  }
  [[nodiscard]] int all_calls() const {
    const std::lock_guard lock(mutex_);
    int sum = 0;
    for (const int count : calls_) sum += count;
    return sum;
  }
  // Every limit that set_power_limit() took, in order.
  [[nodiscard]] std::vector<Watts> limits_set() const {
    const std::lock_guard lock(mutex_);
    return limits_set_;
  }
  // The requested limit, not counted as a call.
  [[nodiscard]] Watts limit_now() const {
    const std::lock_guard lock(mutex_);
    return limit_;
  }
  void forget_calls() {
    const std::lock_guard lock(mutex_);
    calls_ = {};
    limits_set_.clear();
  }

  // --- Gpu -------------------------------------------------------------------------------------
  [[nodiscard]] const GpuInfo& info() const override { return info_; }

  [[nodiscard]] PowerLimitRange power_limit_range() const override {
    enter(GpuCall::kPowerLimitRange, info_.has.power_limit);
    const std::lock_guard lock(mutex_);
    return range_;
  }
  [[nodiscard]] Watts default_power_limit() const override {
    enter(GpuCall::kDefaultPowerLimit, info_.has.default_power_limit);
    const std::lock_guard lock(mutex_);
    return default_limit_;
  }
  [[nodiscard]] Watts power_limit() const override {
    enter(GpuCall::kPowerLimit, info_.has.power_limit);
    return limit_now();
  }
  [[nodiscard]] Watts enforced_power_limit() const override {
    enter(GpuCall::kEnforcedPowerLimit, info_.has.enforced_power_limit);
    const std::lock_guard lock(mutex_);
    return host_limit_ ? std::min(*host_limit_, limit_) : limit_;
  }
  void set_power_limit(Watts limit) override {
    enter(GpuCall::kSetPowerLimit, info_.has.power_limit);
    const std::lock_guard lock(mutex_);
    if (!range_.contains(limit)) {
      throw ZeusGPUInvalidArgError("the stub's limits don't contain this one", 2, "stub");
    }
    limit_ = limit;
    limits_set_.push_back(limit);
  }
  [[nodiscard]] Joules total_energy() const override {
    enter(GpuCall::kTotalEnergy, info_.has.energy_counter);
    return source(energy_)();
  }
  [[nodiscard]] Watts instant_power() const override {
    enter(GpuCall::kInstantPower, info_.has.instant_power);
    return source(instant_power_)();
  }
  [[nodiscard]] Watts average_power() const override {
    enter(GpuCall::kAveragePower, info_.has.average_power);
    return source(average_power_)();
  }
  [[nodiscard]] Celsius temperature() const override {
    enter(GpuCall::kTemperature, info_.has.temperature);
    const std::lock_guard lock(mutex_);
    return temperature_;
  }
  [[nodiscard]] std::optional<MegaHertz> clock() const override {
    enter(GpuCall::kClock, true);
    const std::lock_guard lock(mutex_);
    return clock_;
  }
  [[nodiscard]] std::optional<ClockReasons> clock_reasons() const override {
    enter(GpuCall::kClockReasons, true);
    const std::lock_guard lock(mutex_);
    return clock_reasons_;
  }
  [[nodiscard]] std::string restore_command(Watts limit) const override {
    std::string watts = std::to_string(limit.value());
    watts.erase(watts.find_last_not_of('0') + 1);
    if (watts.back() == '.') watts.pop_back();
    return "sudo nvidia-smi -i " + info_.uuid + " -pl " + watts;
  }

 private:
  struct Failure {
    std::exception_ptr error;
    int after = 0;
    int times = 0;
  };

  // Counts the call, then fails it where it was told to or where the device doesn't have it.
  void enter(GpuCall call, bool supported) const {
    std::unique_lock lock(mutex_);
    const auto slot = static_cast<std::size_t>(call);
    ++calls_.at(slot);
    if (on_call_) {
      const auto on_call = on_call_;
      lock.unlock();
      on_call(call);
      lock.lock();
    }
    Failure& failure = failures_.at(slot);
    if (failure.error && failure.after > 0) {
      --failure.after;
    } else if (failure.error && failure.times > 0) {
      if (failure.times != kForever) --failure.times;
      std::rethrow_exception(failure.error);
    }
    if (!supported) throw ZeusGPUNotSupportedError("the stub doesn't have this", 3, "stub");
  }

  template <class Function>
  [[nodiscard]] Function source(const Function& function) const {
    const std::lock_guard lock(mutex_);
    return function;
  }

  mutable std::mutex mutex_;
  GpuInfo info_;
  std::function<Joules()> energy_ = [] { return Joules(0); };
  std::function<Watts()> instant_power_ = [] { return Watts(50); };
  std::function<Watts()> average_power_ = [] { return Watts(50); };
  Celsius temperature_{40};
  PowerLimitRange range_{.min = Watts(100), .max = Watts(250)};
  Watts default_limit_{250};
  Watts limit_{250};
  std::optional<Watts> host_limit_;
  std::optional<MegaHertz> clock_;
  std::optional<ClockReasons> clock_reasons_;
  mutable std::array<Failure, kGpuCalls> failures_{};
  mutable std::array<int, kGpuCalls> calls_{};
  std::function<void(GpuCall)> on_call_;
  std::vector<Watts> limits_set_;
};

// `count` V100s with the indices 0, 1, …, for what takes std::vector<VisibleGpu>.
struct StubGpus {
  explicit StubGpus(int count) {
    for (int i = 0; i < count; ++i) {
      stubs.push_back(std::make_shared<StubGpu>(v100_info(i)));
      visible.push_back({.index = i, .gpu = stubs.back()});
    }
  }
  std::vector<std::shared_ptr<StubGpu>> stubs;
  std::vector<VisibleGpu> visible;
};

}  // namespace zeus::testing
