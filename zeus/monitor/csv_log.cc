// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/csv_log.h"

#include <fmt/format.h>
#include <pthread.h>

#include <iterator>
#include <system_error>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

std::string reason(int error_number) { return std::generic_category().message(error_number); }

const std::filesystem::path& with_folder(const std::filesystem::path& path) {
  if (!path.has_parent_path()) return path;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    throw ZeusFileError(fmt::format("Can't make the folder of the log file {}: {}", path.string(),
                                    error.message()));
  }
  return path;
}

}  // namespace

// The logs of this process.
class CsvLog::Owners {
 public:
  static Owners& get() {
    static Owners* const owners = new Owners;  // never destroyed: a log may outlive other statics
    return *owners;
  }

  void add(CsvLog& log) {
    const std::lock_guard lock(mutex_);
    for (CsvLog* const other : logs_) {
      if (other->file_.is_same_file(log.file_)) other->give_up();
    }
    if (!log.file_.try_lock()) {
      throw ZeusFileError(
          fmt::format("The log file {} is written by another process. Give each process its own, "
                      "for example with {{rank}} in the name.",
                      log.path_.string()));
    }
    logs_.push_back(&log);
  }

  void remove(CsvLog& log) {
    const std::lock_guard lock(mutex_);
    // Not in a forked child, which has none.
    if (std::erase(logs_, &log) > 0) log.give_up();
  }

 private:
  Owners() {
    pthread_atfork([] { get().mutex_.lock(); }, [] { get().mutex_.unlock(); },
                   [] { get().leave_to_parent(); });
  }

  void leave_to_parent() {
    for (CsvLog* const log : logs_) log->file_.close();
    logs_.clear();
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<CsvLog*> logs_;
};

CsvLog::CsvLog(std::filesystem::path path, const std::vector<int>& gpu_indices,
               const std::vector<VisibleCpu>& cpus)
    : path_(std::move(path)), file_(with_folder(path_), "the log file") {
  header_ = "start_time,window_name,elapsed_time";
  for (const int index : gpu_indices) {
    fmt::format_to(std::back_inserter(header_), ",gpu{}_energy", index);
  }
  for (const VisibleCpu& each : cpus) {
    fmt::format_to(std::back_inserter(header_), ",cpu{}_energy", each.index);
  }
  for (const VisibleCpu& each : cpus) {
    if (!each.cpu->info().has_dram) continue;
    fmt::format_to(std::back_inserter(header_), ",dram{}_energy", each.index);
  }
  header_ += '\n';
  Owners::get().add(*this);
  file_.clear();
  if (const int error_number = write_header(); error_number != 0) {
    warn(
        fmt::format("Can't write to the log file {}: {}. Each window is tried again; measurements "
                    "go on.",
                    path_.string(), reason(error_number)));
  }
}

CsvLog::~CsvLog() { Owners::get().remove(*this); }

void CsvLog::give_up() {
  const std::lock_guard lock(mutex_);
  file_.unlock();  // a child made by clone(2) may still have the file open
  file_.close();
  is_given_up_ = true;
}

void CsvLog::write(std::string_view window_name, const Measurement& measurement) {
  std::unique_lock lock(mutex_);
  if (is_given_up_) {
    if (std::exchange(is_failing_, true)) return;
    lock.unlock();
    return warn(
        fmt::format("A later monitor of this process logs to {}: the windows of this one "
                    "are no longer logged there.",
                    path_.string()));
  }
  row_.clear();
  append_csv_number(row_, measurement.start_time.value());
  row_ += ',';
  append_csv_field(row_, window_name);
  row_ += ',';
  append_csv_number(row_, measurement.time.value());
  for (const GpuEnergy& gpu : measurement.gpu_energy) {
    row_ += ',';
    append_csv_number(row_, gpu.energy.value());
  }
  for (const auto* packages : {&measurement.cpu_energy, &measurement.dram_energy}) {
    for (const CpuPackageEnergy& package : *packages) {
      row_ += ',';
      append_csv_number(row_, package.energy.value());
    }
  }
  row_ += '\n';
  const bool was_failing = is_failing_;
  const int error_number = write_row();
  lock.unlock();  // whoever hears the warning may use the monitor
  if (error_number != 0 && !was_failing) {
    warn(
        fmt::format("Can't write to the log file {}: {}. This window is missing there; each later "
                    "one is tried again, and measurements go on.",
                    path_.string(), reason(error_number)));
  }
}

int CsvLog::write_header() {
  // Our own file is locked for good; standard output may be another process's, too.
  if (!file_.is_regular()) file_.lock();
  const int error_number = file_.append_header(header_);
  if (!file_.is_regular()) file_.unlock();
  is_failing_ = error_number != 0;
  if (!is_failing_) header_.clear();
  return error_number;
}

int CsvLog::write_row() {
  if (!header_.empty()) row_.insert(0, header_);
  const int error_number = file_.append(row_);
  is_failing_ = error_number != 0;
  if (!is_failing_) header_.clear();
  return error_number;
}

void CsvLog::warn(const std::string& what) const {
  log(LogLevel::kWarning, "zeus.monitor.energy", what);
}

void append_csv_field(std::string& row, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    row += field;
    return;
  }
  row += '"';
  for (const char c : field) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

void append_csv_number(std::string& row, double number) {
  const std::size_t begin = row.size();
  fmt::format_to(std::back_inserter(row), "{}", number);
  // A whole number keeps its point, so that readers that guess types see a float.
  if (row.find_first_not_of("-0123456789", begin) == std::string::npos) row += ".0";
}

}  // namespace zeus
