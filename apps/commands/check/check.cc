// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/check/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/process/stop_signals.h"
#include "apps/terminal/terminal.h"
#include "zeus/clock.h"
#include "zeus/device/gpu_controls.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus::apps {
namespace {

using std::chrono::milliseconds;

constexpr double kShortestTime = 1;
constexpr double kLongestTime = 300;  // all readings are kept until its end
constexpr double kShare = 0.01;
constexpr milliseconds kPause{1};  // between two readings of one GPU
constexpr double kMostDifference = 0.05;
constexpr double kSlowCall = 0.005;

struct CheckOptions {
  std::optional<std::vector<int>> gpus;
  Seconds time{10};
  bool json = false;
};

// One sensor, as it is read over and over.
class Sensor {
 public:
  Sensor(bool exists, std::function<double()> read) : exists_(exists), read_(std::move(read)) {}

  void look(const Clock& clock) {
    if (!exists_) return;
    const Seconds begin = clock.monotonic();
    try {
      const double value = read_();
      trace_.push_back({.begin = begin, .end = clock.monotonic(), .value = value});
    } catch (const ZeusBaseError& error) {
      if (failed_++ == 0) problem_ = error.what();
    }
  }

  [[nodiscard]] std::optional<SensorReport> report() const {
    if (!exists_) return std::nullopt;
    return SensorReport{.readings = trace_.size(),
                        .failed = failed_,
                        .problem = problem_,
                        .calls = call_times(trace_),
                        .ticks = ticks_of(trace_),
                        .fit = {},
                        .counter_over_power = {}};
  }

  [[nodiscard]] const SensorTrace& trace() const { return trace_; }

 private:
  const bool exists_;
  const std::function<double()> read_;
  SensorTrace trace_;
  std::size_t failed_ = 0;
  std::string problem_;
};

// What the device answers, or nothing.
template <class Read>
auto answer(const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const ZeusBaseError&) {
    return std::nullopt;
  }
}

std::optional<CheckedClocks> lockable_clocks(Gpu& gpu) {
  return answer([&gpu]() -> std::optional<CheckedClocks> {
           const GpuControls& controls = gpu.controls();
           const std::vector<unsigned> memory = controls.supported_memory_clocks();
           if (memory.empty()) return std::nullopt;
           const std::vector<unsigned> clocks =
               controls.supported_graphics_clocks(std::ranges::max(memory));
           if (clocks.empty()) return std::nullopt;
           return CheckedClocks{.lowest_mhz = std::ranges::min(clocks),
                                .highest_mhz = std::ranges::max(clocks),
                                .count = clocks.size()};
         })
      .value_or(std::nullopt);
}

class GpuCheck {
 public:
  explicit GpuCheck(const VisibleGpu& visible)
      : visible_(visible),
        counter_(info().has.energy_counter, [this] { return gpu().total_energy().value(); }),
        instant_(info().has.instant_power, [this] { return gpu().instant_power().value(); }),
        average_(info().has.average_power, [this] { return gpu().average_power().value(); }) {}

  void look(const Clock& clock) {
    counter_.look(clock);
    instant_.look(clock);
    average_.look(clock);
  }

  [[nodiscard]] CheckedGpu report() const {
    CheckedGpu checked{.index = visible_.index,
                       .info = info(),
                       .counter = counter_.report(),
                       .instant_power = instant_.report(),
                       .average_power = average_.report(),
                       .window = {},
                       .settable = {},
                       .limit = {},
                       .clocks = lockable_clocks(*visible_.gpu)};
    for (const auto& [power, sensor] :
         {std::pair{&checked.instant_power, &instant_}, {&checked.average_power, &average_}}) {
      if (!*power) continue;
      (*power)->fit = fit_power_sensor(counter_.trace(), sensor->trace());
      (*power)->counter_over_power = counter_over_power(counter_.trace(), sensor->trace());
    }
    if (checked.counter && checked.counter->ticks) {
      checked.window = shortest_window(checked.counter->ticks->period, kShare);
    }
    if (info().has.power_limit) {
      checked.settable = answer([this] { return gpu().settable_power_limits(); });
      checked.limit = answer([this] { return gpu().power_limit(); });
    }
    return checked;
  }

 private:
  [[nodiscard]] const Gpu& gpu() const { return *visible_.gpu; }
  [[nodiscard]] const GpuInfo& info() const { return gpu().info(); }

  const VisibleGpu visible_;
  Sensor counter_;
  Sensor instant_;
  Sensor average_;
};

void find_in_counter(const std::string& name, const CheckedGpu& gpu,
                     std::vector<std::string>& findings) {
  if (!gpu.counter) {
    findings.push_back(gpu.instant_power || gpu.average_power
                           ? fmt::format("{} has no energy counter: its energy is found by "
                                         "sampling power.",
                                         name)
                           : fmt::format("{} reports neither energy nor power: zeus can't measure "
                                         "it.",
                                         name));
    return;
  }
  if (gpu.counter->readings > 0 && !gpu.counter->ticks) {
    findings.push_back(fmt::format(
        "{}'s energy counter did not move, or hardly: check again for longer (--seconds).", name));
  }
  if (gpu.counter->calls && gpu.counter->calls->median.value() > kSlowCall) {
    findings.push_back(
        fmt::format("A reading of {}'s energy takes {:.1f} ms; short windows are dear on it.", name,
                    gpu.counter->calls->median.value() * 1000));
  }
}

void find_in_gpu(const CheckedGpu& gpu, std::vector<std::string>& findings) {
  const std::string name = fmt::format("GPU {}", gpu.index);
  find_in_counter(name, gpu, findings);
  for (const auto& [what, sensor] : {std::pair{"energy", &gpu.counter},
                                     {"power", &gpu.instant_power},
                                     {"average power", &gpu.average_power}}) {
    if (!*sensor || (*sensor)->failed == 0) continue;
    findings.push_back(fmt::format("{} of {} readings of {}'s {} failed, first with: {}",
                                   (*sensor)->failed, (*sensor)->failed + (*sensor)->readings, name,
                                   what, (*sensor)->problem));
  }
  const auto& power = gpu.instant_power ? gpu.instant_power : gpu.average_power;
  if (!power || !power->counter_over_power) return;
  const double difference = *power->counter_over_power - 1;
  if (std::abs(difference) <= kMostDifference) return;
  findings.push_back(fmt::format(
      "{}'s counter shows {:.1f} % {} energy than its power adds up to; a power sensor that looks "
      "only part of the time does that under a load that changes. Trust the counter.",
      name, std::abs(difference) * 100, difference > 0 ? "more" : "less"));
}

std::vector<VisibleGpu> chosen(const Machine& machine, const CheckOptions& options) {
  if (!options.gpus) return machine.gpus();
  std::vector<VisibleGpu> gpus;
  for (const int index : *options.gpus) {
    const auto found = std::ranges::find(machine.gpus(), index, &VisibleGpu::index);
    if (found == machine.gpus().end()) {
      throw ZeusGPUNotFoundError(
          fmt::format("there is no GPU {}; 'zeus env' shows those that are "
                      "visible",
                      index));
    }
    gpus.push_back(*found);
  }
  return gpus;
}

// Each GPU by a thread of its own: a driver that is slow for one takes no other's readings.
void read_all(std::vector<std::unique_ptr<GpuCheck>>& checks, const Clock& clock, Seconds end,
              const StopSignals& signals) {
  std::vector<std::jthread> threads;
  threads.reserve(checks.size());
  for (const auto& check : checks) {
    threads.emplace_back([&clock, &signals, end, check = check.get()] {
      while (clock.monotonic() < end && signals.received() == 0) {
        check->look(clock);
        std::this_thread::sleep_for(kPause);
      }
    });
  }
}

int run(const CheckOptions& options) {
  const StopSignals signals;
  const Machine machine;
  const std::vector<VisibleGpu> gpus = chosen(machine, options);
  if (gpus.empty()) {
    throw ZeusGPUNotFoundError("there is no GPU to check; 'zeus env' says what is missing");
  }
  std::vector<std::unique_ptr<GpuCheck>> checks;
  checks.reserve(gpus.size());
  for (const VisibleGpu& visible : gpus) checks.push_back(std::make_unique<GpuCheck>(visible));
  if (::isatty(STDERR_FILENO) == 1) {
    print_message(fmt::format("zeus: reading sensors for {:g} s", options.time.value()));
  }
  const auto clock = system_clock();
  const Seconds begin = clock->monotonic();
  read_all(checks, *clock, begin + options.time, signals);

  CheckReport report{.driver_version = machine.driver_version(),
                     .is_simulated = machine.is_simulated(),
                     .may_set_limits = may_set_power_limits(),
                     .daemon = machine.daemon_socket().string(),
                     .time = clock->monotonic() - begin,
                     .gpus = {},
                     .findings = {}};
  for (const auto& check : checks) report.gpus.push_back(check->report());
  for (const CheckedGpu& gpu : report.gpus) find_in_gpu(gpu, report.findings);
  print(options.json ? to_json(report) : check_text(report, wants_colours(STDOUT_FILENO)));
  return signals.received() == 0 ? 0 : 128 + signals.received();
}

}  // namespace

void add_check(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& check = *app.add_subcommand("check", "Find out what GPU sensors are worth");
  check.footer(
      "Only reads. Beside a job whose load changes it also finds what the power\n"
      "sensor averages over and how late it is.\n\n"
      "Example:\n"
      "  zeus check --seconds 30");
  add_gpus(check, options->gpus);
  check
      .add_option_function<double>(
          "--seconds", [options](double seconds) { options->time = Seconds(seconds); },
          "How long to read")
      ->type_name("SECONDS")
      ->check(between(kShortestTime, kLongestTime))
      ->default_str(fmt::format("{:g}", options->time.value()));
  add_json(check, options->json);
  check.callback([options, &invocation] { invocation.run = [options] { return run(*options); }; });
}

}  // namespace zeus::apps
