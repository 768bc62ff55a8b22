// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/zeus_monitor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "zeus/error.h"
#include "zeus/fork_check.h"
#include "zeus/log.h"
#include "zeus/monitor/csv_log.h"
#include "zeus/monitor/energy_reader.h"
#include "zeus/monitor/open_windows.h"
#include "zeus/monitor/power_reader.h"
#include "zeus/monitor/read_again.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.monitor.energy";

ZeusValueError not_open(std::string_view name) {
  return ZeusValueError(fmt::format("No measurement window '{}' is open", name));
}

ZeusValueError already_open(std::string_view name) {
  return ZeusValueError(fmt::format(
      "Measurement window '{}' is open already; end or cancel it first, or ask for a restart",
      name));
}

void check(const ZeusMonitorOptions& options) {
  if (options.clock == nullptr) throw ZeusValueError("ZeusMonitor needs a clock");
  if (!std::isfinite(options.sampling_period.value()) || options.sampling_period <= Seconds(0)) {
    throw ZeusValueError(fmt::format("The sampling period must be a time above zero, not {} s",
                                     options.sampling_period.value()));
  }
}

void check(const std::vector<VisibleGpu>& gpus) {
  for (auto gpu = gpus.begin(); gpu != gpus.end(); ++gpu) {
    if (gpu->gpu == nullptr) {
      throw ZeusValueError(fmt::format("GPU index {} comes without a GPU", gpu->index));
    }
    if (std::any_of(gpus.begin(), gpu,
                    [&](const VisibleGpu& other) { return other.index == gpu->index; })) {
      throw ZeusValueError(fmt::format("GPU index {} is given twice", gpu->index));
    }
  }
}

void check(const std::vector<VisibleCpu>& cpus) {
  for (auto cpu = cpus.begin(); cpu != cpus.end(); ++cpu) {
    if (cpu->cpu == nullptr) {
      throw ZeusValueError(fmt::format("CPU index {} comes without a CPU", cpu->index));
    }
    if (std::any_of(cpus.begin(), cpu,
                    [&](const VisibleCpu& other) { return other.index == cpu->index; })) {
      throw ZeusValueError(fmt::format("CPU index {} is given twice", cpu->index));
    }
  }
}

std::filesystem::path with_rank(const std::filesystem::path& path, int rank) {
  constexpr std::string_view kRank = "{rank}";
  std::string text = path.string();
  for (std::size_t at = text.find(kRank); at != std::string::npos; at = text.find(kRank, at)) {
    text.replace(at, kRank.size(), std::to_string(rank));
  }
  return text;
}

}  // namespace

class ZeusMonitor::State {
 public:
  State(std::vector<VisibleGpu> gpus, ZeusMonitorOptions options)
      : gpus_(std::move(gpus)), options_(std::move(options)) {
    check(options_);
    check(gpus_);
    check(options_.cpus);
    for (const VisibleGpu& gpu : gpus_) {
      indices_.push_back(gpu.index);
      readers_.push_back(make_energy_reader(gpu, options_.sampling_period, options_.clock));
      if (options_.approx_instant_energy) power_readers_.push_back(power_reader_of(gpu));
    }
    for (const VisibleCpu& cpu : options_.cpus) {
      readers_.push_back(make_energy_reader(cpu, options_.clock));
    }
    read_everything_once();
    if (options_.log_file) {
      log_file_ = std::make_unique<CsvLog>(with_rank(*options_.log_file, options_.rank), indices_,
                                           options_.cpus);
    }
    if (log_enabled(LogLevel::kInfo)) {
      log(LogLevel::kInfo, kLogger, fmt::format("Monitoring GPU indices {}.", indices_));
    }
  }

  void begin(std::string_view name, bool sync, bool restart);
  Measurement end(std::string_view name, bool sync);
  void cancel(std::string_view name, bool sync);
  void reset() { windows_.clear(); }

  void require_same_process() const { fork_check_.require_same_process("This ZeusMonitor"); }
  [[nodiscard]] bool forked() const { return fork_check_.forked(); }
  [[nodiscard]] const std::vector<VisibleGpu>& gpus() const { return gpus_; }
  [[nodiscard]] const std::vector<int>& indices() const { return indices_; }
  [[nodiscard]] std::vector<int> cpu_indices() const {
    std::vector<int> indices;
    indices.reserve(options_.cpus.size());
    for (const VisibleCpu& each : options_.cpus) indices.push_back(each.index);
    return indices;
  }
  [[nodiscard]] const std::shared_ptr<Clock>& clock() const { return options_.clock; }

 private:
  // A window's end, between the reading of its GPUs and its measurement.
  struct Closing {
    std::string_view name;
    const OpenWindow& window;
    Seconds now;
    const std::vector<Watts>& power;  // empty unless approx_instant_energy
    Measurement measurement;
    bool some_energy_is_zero = false;
  };

  // What can't be read fails here, not in a training loop.
  void read_everything_once() const {
    for (const auto& reader : readers_) (void)reader->read(options_.clock->monotonic());
    (void)read_power_now();
  }

  void synchronize(bool wanted) const {
    if (wanted && options_.sync_execution) options_.sync_execution();
  }

  [[nodiscard]] static std::unique_ptr<PowerReader> power_reader_of(const VisibleGpu& gpu) {
    const bool has_both = gpu.gpu->info().has.energy_counter && has_power_reading(*gpu.gpu);
    return has_both ? std::make_unique<PowerReader>(gpu) : nullptr;
  }
  [[nodiscard]] std::vector<Watts> read_power_now() const;
  void add_energies(Closing& closing) const;
  void add_energy(Closing& closing, std::size_t gpu) const;
  void add_cpu_energy(Closing& closing, std::size_t cpu) const;
  void tell_zero_energy(std::string_view name);

  const ForkCheck fork_check_;
  const std::vector<VisibleGpu> gpus_;
  const ZeusMonitorOptions options_;
  std::vector<int> indices_;
  std::vector<std::unique_ptr<EnergyReader>> readers_;  // of the GPUs, then of the CPU packages
  // For approx_instant_energy: one per GPU, null where power isn't read beside a counter.
  std::vector<std::unique_ptr<PowerReader>> power_readers_;
  OpenWindows windows_;
  std::unique_ptr<CsvLog> log_file_;
  std::atomic<bool> zero_energy_told_ = false;
};

void ZeusMonitor::State::begin(std::string_view name, bool sync, bool restart) {
  // Before the timestamp, so that it costs the window nothing.
  OpenWindows::Handle handle = windows_.prepare(name, restart);
  if (handle.empty()) throw already_open(name);
  synchronize(sync);
  if (restart) (void)windows_.take(name);
  OpenWindow& window = handle.mapped();
  window.begin.resize(readers_.size());
  window.start = options_.clock->monotonic();
  window.start_unix = options_.clock->unix_time();
  for (std::size_t device = 0; device < readers_.size(); ++device) {
    readers_[device]->read_into(window.begin[device], window.start);
  }
  if (!windows_.open(std::move(handle), restart)) throw already_open(name);
  if (log_enabled(LogLevel::kDebug)) {
    log(LogLevel::kDebug, kLogger, fmt::format("Measurement window '{}' started.", name));
  }
}

Measurement ZeusMonitor::State::end(std::string_view name, bool sync) {
  // An unknown name is refused before anything is waited for.
  const bool waits = options_.approx_instant_energy || (sync && options_.sync_execution);
  if (waits && !windows_.contains(name)) throw not_open(name);
  std::vector<Watts> power;
  if (options_.approx_instant_energy) {
    try {
      power = read_power_now();  // before the synchronisation: the GPUs are still at work
    } catch (...) {
      (void)windows_.take(name);
      throw;
    }
  }
  synchronize(sync);
  const Seconds now = options_.clock->monotonic();
  // From here on the window is closed, whatever fails.
  OpenWindows::Handle handle = windows_.take(name);
  if (handle.empty()) throw not_open(name);
  const OpenWindow& window = handle.mapped();

  Closing closing{.name = name, .window = window, .now = now, .power = power, .measurement = {}};
  Measurement& measurement = closing.measurement;
  measurement.start_time = window.start_unix;
  measurement.time = now - window.start;
  add_energies(closing);
  windows_.recycle(std::move(handle));

  if (closing.some_energy_is_zero && options_.log_zero_energy) tell_zero_energy(name);
  if (log_file_) log_file_->write(name, measurement);
  if (log_enabled(LogLevel::kDebug)) {
    log(LogLevel::kDebug, kLogger,
        fmt::format("Measurement window '{}' ended: {:.3f} s, {:.2f} J.", name,
                    measurement.time.value(), measurement.total_energy().value()));
  }
  return std::move(closing.measurement);
}

void ZeusMonitor::State::add_energies(Closing& closing) const {
  closing.measurement.gpu_energy.resize(gpus_.size());
  try {
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) add_energy(closing, gpu);
    for (std::size_t cpu = 0; cpu < options_.cpus.size(); ++cpu) add_cpu_energy(closing, cpu);
  } catch (const ZeusGPUCounterError& error) {
    throw ZeusGPUCounterError(
        fmt::format("Measurement window '{}': {}", closing.name, error.what()));
  }
}

void ZeusMonitor::State::add_energy(Closing& closing, std::size_t gpu) const {
  Measurement& measurement = closing.measurement;
  EnergyReader& reader = *readers_[gpu];
  const EnergyReading& begin = closing.window.begin[gpu];
  const EnergyStretch stretch = reader.stretch(begin, closing.now);
  GpuEnergy& found = measurement.gpu_energy[gpu];
  found = {.index = indices_[gpu], .energy = stretch.energy, .uncertainty = stretch.uncertainty};
  // Energy of the time that readings which were repeated came late.
  const Seconds late_begin = begin.time - closing.window.start;
  if (const Seconds late = late_begin + stretch.late; late > Seconds(0)) {
    const Seconds covered = measurement.time + stretch.late - late_begin;
    found.uncertainty += found.energy * (late / covered);
  }
  if (reader.is_sampled()) return;
  const bool is_short = measurement.time < reader.period();
  const bool is_zero = found.energy == Joules(0);
  if (!is_short && !is_zero) return;
  if (!closing.power.empty() && power_readers_[gpu] != nullptr) {
    found.energy = found.uncertainty = closing.power[gpu] * measurement.time;
    return;
  }
  measurement.shorter_than_counter_period |= is_short;
  closing.some_energy_is_zero |= is_zero;
}

void ZeusMonitor::State::add_cpu_energy(Closing& closing, std::size_t cpu) const {
  const std::size_t device = gpus_.size() + cpu;
  const int index = options_.cpus[cpu].index;
  const EnergyStretch stretch =
      readers_[device]->stretch(closing.window.begin[device], closing.now);
  closing.measurement.cpu_energy.push_back({.index = index, .energy = stretch.energy});
  if (stretch.dram) {
    closing.measurement.dram_energy.push_back({.index = index, .energy = *stretch.dram});
  }
}

std::vector<Watts> ZeusMonitor::State::read_power_now() const {
  std::vector<Watts> power(gpus_.size());
  for (std::size_t gpu = 0; gpu < power_readers_.size(); ++gpu) {
    if (power_readers_[gpu] == nullptr) continue;
    power[gpu] = read_again_on_failure(
        *options_.clock, Seconds(), [&](Seconds /*now*/) { return power_readers_[gpu]->read(); });
  }
  return power;
}

void ZeusMonitor::State::tell_zero_energy(std::string_view name) {
  const LogLevel level = zero_energy_told_.exchange(true) ? LogLevel::kDebug : LogLevel::kWarning;
  if (!log_enabled(level)) return;
  log(level, kLogger,
      fmt::format("The energy of a GPU in measurement window '{}' is zero: the window was shorter "
                  "than the update period of the GPU's energy counter. Measure longer windows or "
                  "turn on approx_instant_energy.",
                  name));
}

void ZeusMonitor::State::cancel(std::string_view name, bool sync) {
  if (sync && !windows_.contains(name)) throw not_open(name);
  synchronize(sync);
  if (windows_.take(name).empty()) throw not_open(name);
  if (log_enabled(LogLevel::kDebug)) {
    log(LogLevel::kDebug, kLogger, fmt::format("Measurement window '{}' cancelled.", name));
  }
}

ZeusMonitor::ZeusMonitor(std::vector<VisibleGpu> gpus, ZeusMonitorOptions options)
    : state_(std::make_unique<State>(std::move(gpus), std::move(options))) {}

ZeusMonitor::~ZeusMonitor() {
  // In a forked child the sampling thread does not exist: joining it would wait for ever. The copy
  // is left to the child's end.
  if (state_->forked()) (void)state_.release();
}

void ZeusMonitor::begin_window(std::string_view name, bool sync_execution, bool restart) {
  state_->require_same_process();
  state_->begin(name, sync_execution, restart);
}

Measurement ZeusMonitor::end_window(std::string_view name, bool sync_execution) {
  state_->require_same_process();
  return state_->end(name, sync_execution);
}

void ZeusMonitor::cancel_window(std::string_view name, bool sync_execution) {
  state_->require_same_process();
  state_->cancel(name, sync_execution);
}

void ZeusMonitor::reset_windows() {
  state_->require_same_process();
  state_->reset();
}

const std::vector<VisibleGpu>& ZeusMonitor::gpus() const {
  state_->require_same_process();
  return state_->gpus();
}

std::vector<int> ZeusMonitor::gpu_indices() const {
  state_->require_same_process();
  return state_->indices();
}

std::vector<int> ZeusMonitor::cpu_indices() const {
  state_->require_same_process();
  return state_->cpu_indices();
}

const std::shared_ptr<Clock>& ZeusMonitor::clock() const {
  state_->require_same_process();
  return state_->clock();
}

}  // namespace zeus
