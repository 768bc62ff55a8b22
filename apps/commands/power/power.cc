// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/power/power.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/process/collected_warnings.h"
#include "apps/process/stop_signals.h"
#include "zeus/error.h"
#include "zeus/monitor/power_reader.h"

namespace zeus::apps {
namespace {

constexpr double kShortestInterval = 0.05;
constexpr double kLongestInterval = 86'400;
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

// One device over all samples. Its total is the sum of the stretches between them: one that isn't
// known leaves the others.
class Watched {
 public:
  explicit Watched(ChosenDevice device) : device_(std::move(device)), last_(device_.begin) {
    if (device_.gpu != nullptr && has_power_reading(*device_.gpu)) {
      power_ = std::make_unique<PowerReader>(VisibleGpu{device_.what.index, device_.gpu});
    }
    if (last_.dram) total_.dram = Joules(0);
  }

  DeviceSample look(Seconds now, CollectedWarnings& warnings) {
    const std::string& name = device_.what.name;
    DeviceSample sample;
    const Seconds before = last_.time;
    const auto drawn = look_at_energy(now, warnings);
    if (drawn) {
      sample.energy = total_.energy;
      sample.dram = total_.dram;
    }
    if (const Gpu* const gpu = device_.gpu.get()) {
      if (power_) sample.power = answer(name, warnings, [this] { return power_->read(); });
      sample.limit = answer(name, warnings, [gpu] { return gpu->power_limit(); });
      sample.temperature = answer(name, warnings, [gpu] { return gpu->temperature(); });
    } else if (drawn && last_.time > before) {
      sample.power = drawn->energy / (last_.time - before);
    }
    if (sample.power) {
      total_.highest_power = std::max(*sample.power, total_.highest_power.value_or(Watts()));
    }
    return sample;
  }

  // What was drawn since the last look that succeeded.
  std::optional<DrawnEnergy> look_at_energy(Seconds now, CollectedWarnings& warnings) {
    const auto end =
        answer(device_.what.name, warnings, [&] { return device_.reader->read_after(last_, now); });
    if (!end) {
      start_anew(now);
      return std::nullopt;
    }
    const DrawnEnergy drawn = energy_between(last_, *end);
    total_.energy += drawn.energy;
    if (drawn.dram && total_.dram) *total_.dram += *drawn.dram;
    total_.time += end->time - last_.time;
    last_ = *end;
    return drawn;
  }

  [[nodiscard]] const DeviceTotal& total() const { return total_; }

 private:
  // After a counter that started again: the stretch is lost, the next one counts. A device that
  // doesn't answer keeps its last reading, for it may come back.
  void start_anew(Seconds now) {
    try {
      last_ = device_.reader->read(now);
    } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch): reported by answer()
    }
  }

  ChosenDevice device_;
  std::unique_ptr<PowerReader> power_;  // null for a CPU package
  EnergyReading last_;
  DeviceTotal total_;
};

class Watching {
 public:
  explicit Watching(const PowerOptions& options) : options_(options) {
    const Machine machine;
    for (ChosenDevice& device : open_devices(machine, options.devices, clock_)) {
      report_.devices.push_back(device.what);
      watched_.emplace_back(std::move(device));
    }
    begin_ = clock_->monotonic();
    if (watched_.empty()) {
      const std::vector<std::string> warnings = warnings_.take();
      throw ZeusGPUNotFoundError(fmt::format(
          "there is no GPU or CPU whose power can be read: {}; 'zeus env' says what is missing",
          !machine.problem().empty() ? machine.problem()
          : !warnings.empty()        ? warnings.front()
                                     : "none is visible"));
    }
    report_.is_simulated = machine.is_simulated();
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
      for (Watched& device : watched_) {
        (void)device.look_at_energy(clock_->monotonic(), warnings_);
      }
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
      sample.devices.push_back(device.look(clock_->monotonic(), warnings_));
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

void add_power(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<PowerOptions>();
  CLI::App& power = *app.add_subcommand("power", "Show what GPUs and CPUs draw");
  power.footer(
      "Until Ctrl-C, or --count samples; then time, energy, mean and highest power.\n\n"
      "Examples:\n"
      "  zeus power\n"
      "  zeus power --interval 0.1 --csv > power.csv");
  add_devices(power, options->devices.gpus, options->devices.cpus);
  power
      .add_option_function<double>(
          "--interval", [options](double seconds) { options->interval = Seconds(seconds); },
          "From one sample to the next")
      ->type_name("SECONDS")
      ->check(between(kShortestInterval, kLongestInterval))
      ->default_str(fmt::format("{:g}", options->interval.value()));
  add_count(power, "--count", options->count, "Samples; default: until Ctrl-C");
  CLI::Option* const csv = power.add_flag("--csv", options->csv, "Rows of CSV (docs/cli.md)");
  add_json(power, options->json, "Only the totals, as JSON");
  csv->excludes("--json");
  power.callback(
      [options, &invocation] { invocation.run = [options] { return Watching(*options).run(); }; });
}

}  // namespace zeus::apps
