// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The monitor's CSV file: a header, then one row a finished window,
//
//     start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy
//     1700000000.25,epoch,12.5,3000.0,2875.125
//
// and behind them cpu<i>_energy and dram<i>_energy where CPUs are measured, too;
// in Unix seconds, seconds and joules. Fields are quoted as in RFC 4180, where they must be; rows
// end in a line feed. Each row goes to the file in one write(2), so that nothing is buffered in
// this process: not lost when it is killed, not written twice when it forks. Thread-safe.
//
// A file has one log at a time. While a log lives its file is locked (flock, held by the open file:
// unlike fcntl's locks it outlives another part of the program that reads the file and closes it;
// a forked child closes the file at once and so keeps no part of it). Another process gets an
// error. In the same process the new log takes the file over: a notebook's cell that is run again
// makes the new monitor before the old one goes. On file systems without locks nothing is checked.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/device/cpu.h"
#include "zeus/monitor/measurement.h"
#include "zeus/monitor/row_file.h"

namespace zeus {

class CsvLog {
 public:
  // Makes the file's folder where it is missing, replaces the file and writes the header. What may
  // be a log: see RowFile. Throws ZeusFileError, naming the file and the reason, where it can't be
  // opened or is the log of another process.
  CsvLog(std::filesystem::path path, const std::vector<int>& gpu_indices,
         const std::vector<VisibleCpu>& cpus = {});
  CsvLog(const CsvLog&) = delete;
  CsvLog& operator=(const CsvLog&) = delete;
  ~CsvLog();

  // Appends a row. Where that fails (a full disk) the row is dropped as a whole and one warning
  // says so; each later row is tried again. Never throws for a file's failure.
  void write(std::string_view window_name, const Measurement& measurement);

 private:
  class Owners;

  // Return 0, or the error number.
  int write_header();
  // With the header before it where that is not yet in the file.
  int write_row();
  void give_up();
  void warn(const std::string& what) const;

  const std::filesystem::path path_;
  std::mutex mutex_;
  RowFile file_;
  std::string header_;       // until it is in the file
  bool is_failing_ = false;  // the last row could not be written
  bool is_given_up_ = false;
  std::string row_;  // kept for its memory
};

// Appends a field, quoted where it contains a comma, a quote, CR or LF.
void append_csv_field(std::string& row, std::string_view field);

// Appends the shortest decimal that reads back as the same double, as Python's str() writes it:
// "3000.0", "0.1", "1e-07".
void append_csv_number(std::string& row, double number);

}  // namespace zeus
