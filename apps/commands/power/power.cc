// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/power/power.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "apps/commands/power/power_view.h"
#include "apps/process/collected_warnings.h"
#include "apps/process/stop_signals.h"
#include "zeus/error.h"
#include "zeus/monitor/power_sampler.h"

namespace zeus::apps {
namespace {

// How long a signal may wait to be seen.
constexpr Seconds kLongestSleep{0.05};

// What the device answers, or nothing, with a warning that says why.
template <class Read>
auto answer(const std::string& name, CollectedWarnings& warnings, const Read& read)
    -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const ZeusGPUNotSupportedError&) {
    return std::nullopt;  // it doesn't have that
  } catch (const ZeusBaseError& error) {
    warnings.add(fmt::format("{}: {}", name, error.what()));
    return std::nullopt;
  }
}

// One device over all samples.
class Watched {
 public:
  explicit Watched(std::unique_ptr<DeviceMeter> meter) : meter_(std::move(meter)) {}

  [[nodiscard]] PoweredDevice description() const {
    return {.is_gpu = meter_->gpu() != nullptr,
            .index = meter_->index(),
            .name = meter_->name(),
            .model = meter_->model()};
  }

  DeviceSample look(Seconds elapsed, CollectedWarnings& warnings) {
    const std::string name = meter_->name();
    DeviceSample sample;
    sample.energy = answer(name, warnings, [this] { return meter_->energy(); });
    if (const Gpu* const gpu = meter_->gpu()) {
      sample.power = answer(name, warnings, [gpu] { return read_power(*gpu); });
      sample.limit = answer(name, warnings, [gpu] { return gpu->power_limit(); });
      sample.temperature = answer(name, warnings, [gpu] { return gpu->temperature(); });
    } else if (sample.energy && elapsed > total_.time) {
      sample.power = (sample.energy->energy - total_.energy) / (elapsed - total_.time);
    }
    if (sample.energy) take(*sample.energy, elapsed);
    if (sample.power) {
      total_.highest_power = std::max(*sample.power, total_.highest_power.value_or(Watts()));
    }
    return sample;
  }

  // Energy up to now, between two samples.
  void look_last(Seconds elapsed, CollectedWarnings& warnings) {
    const auto energy = answer(meter_->name(), warnings, [this] { return meter_->energy(); });
    if (energy) take(*energy, elapsed);
  }

  [[nodiscard]] const DeviceTotal& total() const { return total_; }

 private:
  void take(const MeteredEnergy& energy, Seconds elapsed) {
    total_.energy = energy.energy;
    total_.dram = energy.dram;
    total_.time = elapsed;
  }

  std::unique_ptr<DeviceMeter> meter_;
  DeviceTotal total_;
};

class Watching {
 public:
  explicit Watching(const PowerOptions& options) : options_(options) {
    const Machine machine;
    for (auto& meter : start_meters(machine, options.devices)) {
      watched_.emplace_back(std::move(meter));
      report_.devices.push_back(watched_.back().description());
    }
    begin_ = clock_->monotonic();
    if (watched_.empty()) {
      throw ZeusGPUNotFoundError(
          "there is no GPU or CPU whose power can be read: " +
          (machine.problem().empty() ? "none is visible" : machine.problem()) +
          "; 'zeus env' says what is missing");
    }
    report_.is_simulated = machine.problem().empty() && driver_is_simulated();
  }

  int run() {
    const auto view = power_view(options_, report_);
    while (options_.count.value_or(report_.samples + 1) > report_.samples && sleep()) {
      const PowerSample sample = look();
      for (const std::string& warning : warnings_.take()) view->warn(warning);
      view->show(sample);
    }
    report_.signal = signals_.received();
    if (report_.signal != 0) {
      report_.time = clock_->monotonic() - begin_;
      for (Watched& device : watched_) device.look_last(report_.time, warnings_);
    }
    for (const Watched& device : watched_) report_.totals.push_back(device.total());
    view->finish(report_);
    return report_.signal == 0 ? 0 : 128 + report_.signal;
  }

 private:
  // Until the next sample is due; false when a signal ended it.
  bool sleep() {
    const Seconds due = begin_ + options_.interval * (report_.samples + 1);
    for (;;) {
      if (signals_.received() != 0) return false;
      const Seconds left = due - clock_->monotonic();
      if (left <= Seconds(0)) return true;
      const Seconds pause = std::min(left, kLongestSleep);
      std::this_thread::sleep_for(std::chrono::duration<double>(pause.value()));
    }
  }

  PowerSample look() {
    PowerSample sample;
    sample.number = ++report_.samples;
    sample.unix_time = clock_->unix_time();
    sample.elapsed = clock_->monotonic() - begin_;
    for (Watched& device : watched_) {
      sample.devices.push_back(device.look(clock_->monotonic() - begin_, warnings_));
    }
    report_.time = sample.elapsed;
    return sample;
  }

  const PowerOptions& options_;
  const StopSignals signals_;
  CollectedWarnings warnings_;
  const std::shared_ptr<Clock> clock_ = system_clock();
  std::vector<Watched> watched_;
  Seconds begin_;
  PowerReport report_;
};

}  // namespace

int run_power(const PowerOptions& options) { return Watching(options).run(); }

}  // namespace zeus::apps
