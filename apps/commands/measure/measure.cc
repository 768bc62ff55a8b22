// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/measure/measure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "apps/commands/json_reports.h"
#include "apps/process/collected_warnings.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "zeus/error.h"

namespace zeus::apps {
namespace {

// As of timeout(1) and env(1): the wrapper itself failed.
constexpr int kFailure = 125;

int fail(int code, const std::string& message) {
  fmt::print(stderr, "zeus: {}\n", printable(message));
  return code;
}

// A file that is written to later, opened before the command takes its time.
class ReportFile {
 public:
  ReportFile(const std::filesystem::path& path, int flags)
      : path_(path), file_(open(path.c_str(), O_CREAT | O_CLOEXEC | flags, 0666)) {
    if (file_ < 0) throw failure("written");
  }
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  ~ReportFile() { close(file_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw failure("written");
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // Empty of what isn't a regular file.
  [[nodiscard]] std::string first_line() const {
    std::ifstream in(path_);
    std::string line;
    if (std::filesystem::is_regular_file(path_)) std::getline(in, line);
    return line;
  }

 private:
  [[nodiscard]] ZeusFileError failure(const char* what) const {
    return ZeusFileError(fmt::format("'{}' can't be {}: {}", path_.string(), what,
                                     std::generic_category().message(errno)));
  }

  const std::filesystem::path path_;
  const int file_;
};

class CsvTable {
 public:
  CsvTable(const std::filesystem::path& path, const MeasureReport& report)
      : file_(path, O_RDWR | O_APPEND) {
    const std::string header = measure_csv_header(report);
    const std::string there = file_.first_line();
    if (there.empty()) {
      file_.write(header);
    } else if (there + "\n" != header) {
      throw ZeusFileError(
          fmt::format("'{}' has other columns than this measurement ({}); name another file",
                      path.string(), header.substr(0, header.size() - 1)));
    }
  }
  void add(const MeasureReport& report) const { file_.write(measure_csv_row(report)); }

 private:
  ReportFile file_;
};

MeasuredDevice described(const DeviceMeter& meter) {
  MeasuredDevice device;
  device.is_gpu = meter.gpu() != nullptr;
  device.index = meter.index();
  device.name = meter.name();
  device.model = meter.model();
  if (device.is_gpu) device.uuid = meter.gpu()->info().uuid;
  return device;
}

// The command and all that looks on.
class Measuring {
 public:
  explicit Measuring(const MeasureOptions& options) : child_(options.command) {
    const Machine machine;
    meters_ = start_meters(machine, options.devices);
    report_.command = options.command;
    report_.is_simulated = machine.problem().empty() && driver_is_simulated();
    for (const auto& meter : meters_) report_.devices.push_back(described(*meter));
    if (!machine.problem().empty()) {
      report_.notes.push_back("No GPU is measured: " + machine.problem());
    }
    if (options.devices.cpus && machine.cpus().empty() && machine.cpu_problem().empty()) {
      report_.notes.emplace_back("No CPU is measured: Linux shows no energy of it here.");
    }
    if (options.csv) csv_.emplace(*options.csv, report_);
    if (options.output) output_.emplace(*options.output, O_WRONLY | O_TRUNC);
  }

  // Throws CommandError.
  void run() {
    const auto clock = system_clock();
    for (const auto& meter : meters_) restart(*meter);
    report_.start_time = clock->unix_time();
    const Seconds begin = clock->monotonic();
    child_.start();
    report_.end = child_.wait();
    report_.time = clock->monotonic() - begin;
    for (std::size_t i = 0; i < meters_.size(); ++i) read(*meters_[i], report_.devices[i]);
    note_short_run();
    for (std::string& warning : warnings_.take()) report_.notes.push_back(std::move(warning));
  }

  void tell(bool json) const {
    const bool colours = !json && !output_ && wants_colours(STDERR_FILENO);
    const std::string text = json ? to_json(report_) : measure_text(report_, colours);
    if (output_) {
      output_->write(text);
    } else {
      std::fputs(text.c_str(), stderr);
    }
    if (csv_) csv_->add(report_);
  }

  [[nodiscard]] const ChildEnd& end() const { return report_.end; }

 private:
  static void restart(DeviceMeter& meter) {
    try {
      meter.start();
    } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch)
      // A device that was lost just now: reading it at the end says so.
    }
  }

  void read(DeviceMeter& meter, MeasuredDevice& device) {
    try {
      device.energy = meter.energy();
    } catch (const ZeusBaseError& error) {
      report_.notes.push_back(
          fmt::format("The energy of {} is not known: {}", device.name, error.what()));
      return;
    }
    device.is_too_short = report_.time < meter.counter_period();
    if (!device.is_too_short) return;
    too_short_ += (too_short_.empty() ? "" : ", ") + device.name;
    longest_period_ = std::max(longest_period_, meter.counter_period());
  }

  void note_short_run() {
    if (too_short_.empty()) return;
    report_.notes.push_back(
        fmt::format("The command took {:.3g} s, less than the {:.3g} s after which the energy of "
                    "{} is counted anew: that energy says little. Measure something longer.",
                    report_.time.value(), longest_period_.value(), too_short_));
  }

  ChildProcess child_;  // first: forked before there are drivers and threads
  CollectedWarnings warnings_;
  std::vector<std::unique_ptr<DeviceMeter>> meters_;
  MeasureReport report_;
  std::string too_short_;  // names of devices
  Seconds longest_period_;
  std::optional<CsvTable> csv_;
  std::optional<ReportFile> output_;
};

}  // namespace

std::optional<Joules> MeasureReport::total_energy() const {
  Joules sum;
  for (const MeasuredDevice& device : devices) {
    if (!device.energy) return std::nullopt;
    sum += device.energy->energy + device.energy->dram.value_or(Joules());
  }
  return devices.empty() ? std::nullopt : std::optional(sum);
}

int run_measure(const MeasureOptions& options) {
  ChildEnd end;
  try {
    Measuring measuring(options);
    measuring.run();
    end = measuring.end();
    measuring.tell(options.json);
  } catch (const CommandError& error) {
    return fail(error.code(), error.what());
  } catch (const std::exception& error) {
    const int code = fail(kFailure, error.what());
    // The command's own failure counts more than that of telling about it.
    if (end.exit_code == 0 && !end.signal) return code;
  }
  return end_as(end);
}

}  // namespace zeus::apps
