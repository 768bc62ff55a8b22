// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/power_streams.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace zeus::daemon {

using std::chrono::steady_clock;

struct PowerStreamsCore {
  struct Device {
    int listeners = 0;
    bool has_reader = false;
    PowerSample last;
  };

  PowerStreamsCore(std::size_t count, std::chrono::milliseconds period_of_all, ReadPower reading)
      : period(period_of_all), read(std::move(reading)), devices(count) {}

  // A thread's work, until nobody listens.
  void read_on(std::size_t index) {
    for (auto due = steady_clock::now();; due += period) {
      const std::optional<PowerSample> sample = read(index);
      std::unique_lock lock(mutex);
      Device& device = devices[index];
      if (sample) {
        const std::uint64_t number = device.last.number + 1;
        device.last = *sample;
        device.last.device = index;
        device.last.number = number;
        changed.notify_all();
      }
      due = std::max(due, steady_clock::now() - period);  // what was missed stays so
      changed.wait_until(lock, due + period, [&device] { return device.listeners == 0; });
      if (device.listeners == 0) {
        device.has_reader = false;
        return;
      }
    }
  }

  const std::chrono::milliseconds period;
  const ReadPower read;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<Device> devices;
};

PowerStreams::PowerStreams(std::size_t devices, std::chrono::milliseconds period, ReadPower read)
    : core_(std::make_shared<PowerStreamsCore>(devices, period, std::move(read))) {}

std::size_t PowerStreams::running() const {
  const std::lock_guard lock(core_->mutex);
  return static_cast<std::size_t>(std::ranges::count_if(
      core_->devices, [](const PowerStreamsCore::Device& each) { return each.has_reader; }));
}

PowerStreams::Listener::Listener(const PowerStreams& streams, std::vector<std::size_t> devices)
    : core_(streams.core_), devices_(std::move(devices)), seen_(devices_.size()) {
  const std::lock_guard lock(core_->mutex);
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    PowerStreamsCore::Device& device = core_->devices[devices_[i]];
    seen_[i] = device.last.number;  // what was read before is no news
    ++device.listeners;
    if (std::exchange(device.has_reader, true)) continue;
    // Nobody waits for its end: it may hang in the driver.
    std::thread([core = core_, index = devices_[i]] { core->read_on(index); }).detach();
  }
}

PowerStreams::Listener::~Listener() {
  const std::lock_guard lock(core_->mutex);
  for (const std::size_t each : devices_) --core_->devices[each].listeners;
  core_->changed.notify_all();
}

std::vector<PowerSample> PowerStreams::Listener::next(const std::stop_token& stop,
                                                      std::chrono::milliseconds patience) {
  std::vector<PowerSample> samples;
  std::unique_lock lock(core_->mutex);
  core_->changed.wait_for(lock, stop, patience, [&] {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      const PowerSample& last = core_->devices[devices_[i]].last;
      if (last.number > seen_[i]) {
        samples.push_back(last);
        seen_[i] = last.number;
      }
    }
    return !samples.empty();
  });
  return samples;
}

}  // namespace zeus::daemon
