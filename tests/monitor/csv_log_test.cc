// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/csv_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/captured_log.h"
#include "tests/in_child.h"
#include "tests/temporary_folder.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using zeus::testing::CapturedLog;
using zeus::testing::in_child;
using zeus::testing::read_text;
using zeus::testing::TemporaryFolder;

constexpr const char* kHeader = "start_time,window_name,elapsed_time\n";

std::string number(double value) {
  std::string text;
  append_csv_number(text, value);
  return text;
}

std::string field(std::string_view value) {
  std::string text;
  append_csv_field(text, value);
  return text;
}

// A plain reader of RFC 4180: rows of fields.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      row.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      row.emplace_back();
    } else if (!quoted && c == '\n') {
      rows.push_back(row);
      row.assign(1, "");
    } else {
      row.back() += c;
    }
  }
  if (quoted || row != std::vector<std::string>{""}) rows.push_back({"an unfinished row"});
  return rows;
}

Measurement measurement(double start, double time, const std::vector<double>& energies) {
  Measurement result{.start_time = Seconds(start), .time = Seconds(time), .gpu_energy = {}};
  for (const double energy : energies) {
    result.gpu_energy.push_back(
        {.index = static_cast<int>(result.gpu_energy.size()), .energy = Joules(energy)});
  }
  return result;
}

TEST(CsvNumber, is_written_as_python_writes_a_float) {
  EXPECT_EQ(number(3000), "3000.0");
  EXPECT_EQ(number(0), "0.0");
  EXPECT_EQ(number(-2), "-2.0");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number(1.7e9), "1700000000.0");
  EXPECT_EQ(number(1700000000.123456), "1700000000.123456");
  EXPECT_EQ(number(1e15), "1000000000000000.0");
  EXPECT_EQ(number(1e16), "1e+16");
  EXPECT_EQ(number(0.0001), "0.0001");
  EXPECT_EQ(number(1e-5), "1e-05");
}

TEST(CsvField, is_quoted_only_where_it_must_be) {
  EXPECT_EQ(field("epoch 1"), "epoch 1");
  EXPECT_EQ(field(""), "");
  EXPECT_EQ(field("a,b"), "\"a,b\"");
  EXPECT_EQ(field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(field("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(field("cr\r"), "\"cr\r\"");
}

TEST(CsvLog, starts_with_a_header_of_the_frameworks_indices) {
  const TemporaryFolder folder;
  const CsvLog log(folder / "log.csv", {2, 0, 11});
  EXPECT_EQ(read_text(folder / "log.csv"),
            "start_time,window_name,elapsed_time,gpu2_energy,gpu0_energy,gpu11_energy\n");
}

TEST(CsvLog, without_gpus_logs_time_only) {
  const TemporaryFolder folder;
  CsvLog log(folder / "log.csv", {});
  log.write("w", measurement(1, 2, {}));
  EXPECT_EQ(read_text(folder / "log.csv"), std::string(kHeader) + "1.0,w,2.0\n");
}

TEST(CsvLog, a_row_is_in_the_file_as_soon_as_it_is_written) {
  const TemporaryFolder folder;
  CsvLog log(folder / "log.csv", {0, 1});
  log.write("epoch", measurement(1700000000.25, 12.5, {3000, 2875.125}));
  EXPECT_EQ(read_text(folder / "log.csv"),
            "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n"
            "1700000000.25,epoch,12.5,3000.0,2875.125\n");
}

TEST(CsvLog, on_a_full_disk_warns_once_and_goes_on) {
  const CapturedLog heard;
  CsvLog log("/dev/full", {0});
  log.write("first", measurement(1, 2, {3}));
  log.write("second", measurement(1, 2, {3}));
  EXPECT_THAT(heard.warnings(),
              ElementsAre("Can't write to the log file /dev/full: No space left on device. Each "
                          "window is tried again; measurements go on."));
}

// The most that a file may have is the room on the disk.
void set_room(std::size_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST(CsvLog, a_full_disk_leaves_no_half_row_and_later_rows_are_written_when_there_is_room) {
  const TemporaryFolder folder;
  const std::string row = "1.0,w,2.0\n";
  const std::string answer = in_child([&]() -> std::string {
    const CapturedLog heard;
    std::signal(SIGXFSZ, SIG_IGN);
    CsvLog log(folder / "log.csv", {});
    const std::size_t header = std::string(kHeader).size();
    set_room(header + row.size() + 5);  // half a row more
    for (int i = 0; i < 4; ++i) log.write("w", measurement(1, 2, {}));
    const std::string full = read_text(folder / "log.csv");
    set_room(header + 2 * row.size());
    log.write("w", measurement(1, 2, {}));
    log.write("w", measurement(1, 2, {}));
    return full + std::to_string(heard.warnings().size());
  });
  EXPECT_EQ(answer, kHeader + row + "2") << "one warning for each time that the disk was full";
  EXPECT_EQ(read_text(folder / "log.csv"), kHeader + row + row);
}

TEST(CsvLog, a_header_that_had_no_room_comes_before_the_first_row) {
  const TemporaryFolder folder;
  (void)in_child([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    set_room(10);
    CsvLog log(folder / "log.csv", {});
    log.write("lost", measurement(1, 2, {}));
    set_room(1000);
    log.write("w", measurement(1, 2, {}));
    return "";
  });
  EXPECT_EQ(read_text(folder / "log.csv"), std::string(kHeader) + "1.0,w,2.0\n");
}

TEST(CsvLog, a_disk_that_becomes_full_later_keeps_the_rows_before) {
  const TemporaryFolder folder;
  const std::string row = "1.0,w,2.0\n";
  const std::string answer = in_child([&]() -> std::string {
    const CapturedLog heard;
    CsvLog log(folder / "log.csv", {});
    std::signal(SIGXFSZ, SIG_IGN);
    set_room(std::string(kHeader).size() + 2 * row.size());
    for (int i = 0; i < 5; ++i) log.write("w", measurement(1, 2, {}));
    return heard.warnings().size() == 1 ? heard.warnings().front() : "not one warning";
  });
  EXPECT_THAT(answer, AllOf(HasSubstr("File too large"), HasSubstr("measurements go on")));
  EXPECT_EQ(read_text(folder / "log.csv"), kHeader + row + row);
}

TEST(CsvLog, a_forked_child_writes_nothing_a_second_time) {
  const TemporaryFolder folder;
  std::string expected;
  {
    CsvLog log(folder / "log.csv", {});
    log.write("before", measurement(1, 2, {}));
    ASSERT_EQ(in_child([] {
                std::exit(0);  // runs what flushes buffers at exit
                return "";
              }),
              "died");
    log.write("after", measurement(3, 4, {}));
  }
  EXPECT_EQ(read_text(folder / "log.csv"),
            std::string(kHeader) + "1.0,before,2.0\n3.0,after,4.0\n");
}

RC_GTEST_PROP(CsvLogProperty, what_is_written_reads_back_the_same, ()) {
  const auto names = *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::elementOf(std::string(",\"\r\n; ")), rc::gen::character<char>())));
  const auto start = *rc::gen::arbitrary<double>();
  const auto energy = *rc::gen::arbitrary<double>();
  const TemporaryFolder folder;
  CsvLog log(folder / "log.csv", {0});
  for (const std::string& name : names) log.write(name, measurement(start, 1e-9, {energy}));
  const auto rows = read_csv(read_text(folder / "log.csv"));
  RC_ASSERT(rows.size() == names.size() + 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::vector<std::string>& row = rows[i + 1];
    RC_ASSERT(row.size() == 4U);
    RC_ASSERT(std::strtod(row[0].c_str(), nullptr) == start);
    RC_ASSERT(row[1] == names[i]);
    RC_ASSERT(std::strtod(row[2].c_str(), nullptr) == 1e-9);
    RC_ASSERT(std::strtod(row[3].c_str(), nullptr) == energy);
  }
}

}  // namespace
}  // namespace zeus
