// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/measure/measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/process/collected_warnings.h"
#include "apps/process/standard_streams.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "zeus/error.h"
#include "zeus/monitor/row_file.h"

namespace zeus::apps {
namespace {

struct MeasureOptions {
  DeviceChoice devices;
  bool json = false;
  std::optional<std::filesystem::path> output;  // none: standard error
  std::optional<std::filesystem::path> csv;     // a row is appended
  std::vector<std::string> command;
};

// As of timeout(1) and env(1): the wrapper itself failed.
constexpr int kFailure = 125;

int fail(int code, const std::string& message) {
  print_message(fmt::format("zeus: {}\n", printable(message)));
  return code;
}

constexpr const char* kCsvFile = "the CSV file";

[[noreturn]] void refuse_csv(const std::filesystem::path& path, const std::string& header) {
  throw ZeusFileError(
      fmt::format("{} {} has other columns than this measurement ({}); name another file", kCsvFile,
                  path.string(), header.substr(0, header.size() - 1)));
}

void check(int error_number, const std::filesystem::path& path) {
  if (error_number == 0) return;
  throw ZeusFileError(fmt::format("Can't write to {}: {}", path.string(),
                                  std::generic_category().message(error_number)));
}

void append_to(const RowFile& file, const std::filesystem::path& path, std::string_view text) {
  file.lock();
  const int error_number = file.append(text);
  file.unlock();
  check(error_number, path);
}

// Of several jobs that write one file at once, the last one's report is in it, and no other's.
void replace(const RowFile& file, const std::filesystem::path& path, std::string_view text) {
  file.lock();
  file.clear();
  const int error_number = file.append(text);
  file.unlock();
  check(error_number, path);
}

void write_csv_header(const RowFile& file, const std::filesystem::path& path,
                      const MeasureReport& report) {
  const std::string header = measure_csv_header(report);
  const auto has_other_header = [&] {
    if (!file.is_regular()) return false;  // standard output, which anything may have gone to
    const std::string there = file.first_line();
    return !there.empty() && there + "\n" != header;
  };
  // Another program that writes the file may keep it locked.
  if (has_other_header()) refuse_csv(path, header);
  // Several jobs may start on a new file at once: one of them writes the header.
  file.lock();
  const int error_number = file.append_header(header);
  const bool is_other = has_other_header();
  file.unlock();
  if (error_number == 0 && is_other) refuse_csv(path, header);
  check(error_number, path);
}

// The command and all that looks on.
class Measuring {
 public:
  explicit Measuring(const MeasureOptions& options) : options_(options), child_(options.command) {
    // The command has them as they were. Here a failure to write is one to report.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    if (options.csv) csv_.emplace(*options.csv, kCsvFile);
    if (options.output) output_.emplace(*options.output, "the file of --output");
    const Machine machine;
    devices_ = open_devices(machine, options.devices, clock_);
    report_.command = options.command;
    report_.is_simulated = machine.is_simulated();
    for (const ChosenDevice& device : devices_) report_.devices.push_back({device.what});
    if (!machine.problem().empty() && machine.driver_failure().empty()) {
      report_.notes.push_back("No GPU is measured: " + machine.problem());
    }
    if (options.devices.cpus && machine.cpus().empty() && machine.cpu_problem().empty()) {
      report_.notes.emplace_back("No CPU is measured: Linux shows no energy of it here.");
    }
    if (csv_) write_csv_header(*csv_, *options_.csv, report_);
    if (output_) output_->clear();
  }

  // Throws CommandError.
  void run() {
    for (ChosenDevice& device : devices_) restart(device);
    report_.start_time = clock_->unix_time();
    const Seconds begin = clock_->monotonic();
    child_.start();
    report_.end = child_.wait();
    report_.time = clock_->monotonic() - begin;
    for (std::size_t i = 0; i < devices_.size(); ++i) read(devices_[i], report_.devices[i]);
    note_short_run();
    for (std::string& warning : warnings_.take()) report_.notes.push_back(std::move(warning));
  }

  void tell() const {
    if (csv_) append_to(*csv_, *options_.csv, measure_csv_row(report_));
    const bool colours = !options_.json && !output_ && wants_colours(STDERR_FILENO);
    const std::string text = options_.json ? to_json(report_) : measure_text(report_, colours);
    if (output_) {
      replace(*output_, *options_.output, text);
    } else if (!was_closed(STDERR_FILENO)) {
      print(text, stderr);
    }
  }

  [[nodiscard]] const ChildEnd& end() const { return report_.end; }

 private:
  void restart(ChosenDevice& device) const {
    try {
      device.begin = device.reader->read(clock_->monotonic());
    } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch)
      // A device that was lost just now: reading it at the end says so.
    }
  }

  void read(ChosenDevice& chosen, MeasuredDevice& device) {
    try {
      const EnergyReading end = chosen.reader->read_after(chosen.begin, clock_->monotonic());
      const DrawnEnergy drawn = energy_between(chosen.begin, end);
      device.energy = drawn.energy;
      device.dram = drawn.dram;
    } catch (const ZeusBaseError& error) {
      report_.notes.push_back(
          fmt::format("The energy of {} is not known: {}", device.what.name, error.what()));
      return;
    }
    device.is_too_short = report_.time < chosen.reader->period();
    if (!device.is_too_short) return;
    too_short_ += (too_short_.empty() ? "" : ", ") + device.what.name;
    longest_period_ = std::max(longest_period_, chosen.reader->period());
  }

  void note_short_run() {
    if (too_short_.empty()) return;
    report_.notes.push_back(
        fmt::format("The command took {:.3g} s, less than the {:.3g} s after which the energy of "
                    "{} is counted anew: that energy says little. Measure something longer.",
                    report_.time.value(), longest_period_.value(), too_short_));
  }

  const MeasureOptions& options_;
  ChildProcess child_;  // first: forked before there are drivers and threads
  CollectedWarnings warnings_;
  const std::shared_ptr<Clock> clock_ = system_clock();
  std::vector<ChosenDevice> devices_;
  MeasureReport report_;
  std::string too_short_;  // names of devices
  Seconds longest_period_;
  std::optional<RowFile> csv_;
  std::optional<RowFile> output_;
};

// Returns the command's exit code or dies of its signal; 125 where nothing could be run, 126 and
// 127 where the command can't be.
int run_measure(const MeasureOptions& options) {
  ChildEnd end;
  try {
    Measuring measuring(options);
    measuring.run();
    end = measuring.end();
    measuring.tell();
  } catch (const CommandError& error) {
    return fail(error.code(), error.what());
  } catch (const std::exception& error) {
    const int code = fail(kFailure, error.what());
    // The command's own failure counts more than that of telling about it.
    if (end.exit_code == 0 && !end.signal) return code;
  }
  return end_as(end);
}

}  // namespace

std::optional<Joules> MeasureReport::total_energy() const {
  Joules sum;
  for (const MeasuredDevice& device : devices) {
    if (!device.energy) return std::nullopt;
    sum += *device.energy + device.dram.value_or(Joules());
  }
  return devices.empty() ? std::nullopt : std::optional(sum);
}

void add_measure(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<MeasureOptions>();
  CLI::App& measure = *app.add_subcommand("measure", "Measure time and energy of any command");
  measure.prefix_command();
  measure.footer(
      "zeus measure [OPTIONS] -- COMMAND...\n\n"
      "Energy is that of whole GPUs and CPUs, whoever uses them meanwhile. The table\n"
      "goes to standard error, so that COMMAND's output stays its own. Its exit status\n"
      "and signals are passed on.\n\n"
      "Examples:\n"
      "  zeus measure -- python train.py --epochs 1\n"
      "  zeus measure --gpus 0,1 --csv runs.csv -- ./job");
  add_devices(measure, options->devices.gpus, options->devices.cpus);
  add_json(measure, options->json);
  add_output_file(measure, "--output", options->output, "Print it there, not on standard error");
  add_output_file(measure, "--csv", options->csv, "Append a row to this file, too");
  measure.callback([options, &measure, &invocation] {
    options->command = command_of(measure, invocation, "zeus measure -- python train.py");
    invocation.run = [options] { return run_measure(*options); };
  });
}

}  // namespace zeus::apps
