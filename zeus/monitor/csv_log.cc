// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/csv_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

std::string reason(int error_number) { return std::generic_category().message(error_number); }

int open_log(const std::filesystem::path& path) {
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      throw ZeusFileError(fmt::format("Can't make the folder of the log file {}: {}", path.string(),
                                      error.message()));
    }
  }
  int file = -1;
  do {
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  } while (file < 0 && errno == EINTR);
  if (file < 0) {
    throw ZeusFileError(
        fmt::format("Can't open the log file {}: {}", path.string(), reason(errno)));
  }
  return file;
}

// 0, or the error number.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

CsvLog::CsvLog(std::filesystem::path path, const std::vector<int>& gpu_indices,
               const std::vector<VisibleCpu>& cpus)
    : path_(std::move(path)), file_(open_log(path_)) {
  row_ = "start_time,window_name,elapsed_time";
  for (const int index : gpu_indices) {
    fmt::format_to(std::back_inserter(row_), ",gpu{}_energy", index);
  }
  for (const VisibleCpu& each : cpus) {
    fmt::format_to(std::back_inserter(row_), ",cpu{}_energy", each.index);
  }
  for (const VisibleCpu& each : cpus) {
    if (!each.cpu->info().has_dram) continue;
    fmt::format_to(std::back_inserter(row_), ",dram{}_energy", each.index);
  }
  if (const int error_number = write_row(); error_number != 0) warn(error_number);
}

CsvLog::~CsvLog() {
  if (file_ >= 0) ::close(file_);
}

void CsvLog::write(std::string_view window_name, const Measurement& measurement) {
  std::unique_lock lock(mutex_);
  if (file_ < 0) return;
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
  const int error_number = write_row();
  lock.unlock();  // whoever hears the warning may use the monitor
  if (error_number != 0) warn(error_number);
}

int CsvLog::write_row() {
  row_ += '\n';
  const int error_number = write_all(file_, row_);
  if (error_number != 0) {
    ::close(file_);
    file_ = -1;
  }
  return error_number;
}

void CsvLog::warn(int error_number) const {
  log(LogLevel::kWarning, "zeus.monitor.energy",
      fmt::format("Can't write to the log file {}: {}. No more windows are logged there; "
                  "measurements go on.",
                  path_.string(), reason(error_number)));
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
