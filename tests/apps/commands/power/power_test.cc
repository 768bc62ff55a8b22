// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "apps/terminal/terminal.h"
#include "tests/apps/machine_fixture.h"
#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kCsvHeader =
    "time_s,elapsed_s,device,index,power_w,power_limit_w,temperature_c,energy_j,dram_energy_j\n";

class Power : public MachineFixture {
 protected:
  RunOptions machine(const std::string& scenario = R"({"gpus": [{"count": 2}]})") {
    RunOptions options = MachineFixture::machine(scenario);
    options.environment["TERM"] = "xterm-256color";
    options.environment["NO_COLOR"] = std::nullopt;
    options.environment["LC_ALL"] = "C.UTF-8";
    return options;
  }

  static std::vector<std::vector<std::string>> rows_of(const std::string& csv) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string>& row = rows.emplace_back();
      std::istringstream fields(line + ",");
      for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
    }
    return rows;
  }

  // Two GPUs; the first is lost after some samples.
  static constexpr const char* kLostGpu =
      R"({"gpus": [{"count": 2}], "faults": [{"function": "*", "gpu": 0, "code": 15,
          "call": 60}]})";
};

TEST_F(Power, csv_has_a_row_a_device_and_sample_in_si_units) {
  const Outcome outcome =
      run_zeus({"power", "--interval", "0.1", "--count", "3", "--csv"}, machine());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, StartsWith(kCsvHeader));
  const auto rows = rows_of(outcome.out);
  ASSERT_THAT(rows, SizeIs(1 + 3 * 3));
  double elapsed = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    ASSERT_THAT(rows[i], SizeIs(9)) << i;
    const std::size_t samples_before = (i + 2) / 3;
    EXPECT_GE(std::stod(rows[i][1]), 0.1 * static_cast<double>(samples_before)) << i;
    EXPECT_GE(std::stod(rows[i][1]), elapsed);
    elapsed = std::stod(rows[i][1]);
    const bool is_cpu = i % 3 == 0;
    EXPECT_EQ(rows[i][2], is_cpu ? "cpu" : "gpu");
    EXPECT_EQ(rows[i][3], is_cpu ? "0" : std::to_string(i % 3 - 1));
    EXPECT_EQ(rows[i][4], is_cpu ? "0.0" : "33.0");
    EXPECT_EQ(rows[i][5], is_cpu ? "" : "250.0");
    EXPECT_EQ(rows[i][6].empty(), is_cpu);
    if (!is_cpu) {
      // In ticks of 20 ms; a busy machine may delay both ends.
      EXPECT_GE(std::stod(rows[i][7]), 33 * (elapsed - 0.05)) << i;
      EXPECT_LE(std::stod(rows[i][7]), 33 * (elapsed + 1)) << i;
    }
  }
  // The totals go where they don't disturb the rows.
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("3 samples"), HasSubstr("33.0 W"), HasSubstr("CPU 0")));
}

TEST_F(Power, csv_of_several_jobs_in_one_file_has_one_header_and_whole_samples) {
  const std::string file = folder_ / "power.csv";
  const std::string jobs =
      "for job in 1 2 3 4 5 6; do $zeus power --no-cpus --interval 0.05 --count 4 --csv";
  for (const char* end : {" >> $file; done", " >> $file & done; wait", " & done >> $file; wait",
                          " & done > $file; wait"}) {
    std::filesystem::remove(file);
    (void)in_shell(jobs + end, file, machine(R"({"gpus": [{"count": 16}]})"));
    const std::string text = read_text(file);
    EXPECT_THAT(text, StartsWith(kCsvHeader)) << end;
    const auto rows = rows_of(text);
    ASSERT_THAT(rows, SizeIs(1 + 6 * 4 * 16)) << end;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      ASSERT_THAT(rows[i], SizeIs(9)) << i;
      EXPECT_EQ(rows[i][3], std::to_string((i - 1) % 16)) << end;
    }
  }
}

TEST_F(Power, csv_goes_on_in_a_file_that_flock_keeps_locked) {
  const std::string file = folder_ / "power.csv";
  const Outcome outcome =
      in_shell("flock $file $zeus power --no-cpus --interval 0.05 --count 2 --csv >> $file", file,
               machine());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(rows_of(read_text(file)), SizeIs(1 + 2 * 2));
}

TEST_F(Power, csv_after_another_text_has_its_header) {
  const std::string file = folder_ / "log";
  write_text(file, "what went before\n");
  (void)in_shell("$zeus power --interval 0.05 --count 1 --csv >> $file", file, machine());
  EXPECT_THAT(read_text(file), StartsWith(std::string("what went before\n") + kCsvHeader));
}

TEST_F(Power, a_cpus_power_is_the_mean_since_the_last_sample) {
  RunningZeus zeus({"power", "--interval", "0.2", "--count", "4", "--csv"}, machine());
  ASSERT_TRUE(
      zeus.wait_until([](const std::string& out) { return out.find("cpu") != std::string::npos; }));
  cpus_.set("intel-rapl:0", 3'000'000);
  const auto rows = rows_of(zeus.wait().out);
  double earlier = 0;
  double before = 0;
  double seen = 0;
  for (const auto& row : rows) {
    if (row.at(2) != "cpu") continue;
    const double elapsed = std::stod(row.at(1));
    const double energy = std::stod(row.at(7));
    if (energy > before) {
      seen = std::stod(row.at(4));
      EXPECT_NEAR(seen * (elapsed - earlier), 2, 1.5);
    }
    earlier = elapsed;
    before = energy;
  }
  EXPECT_EQ(before, 2);
  EXPECT_GT(seen, 0);
}

TEST_F(Power, lines_where_the_output_is_no_terminal) {
  const Outcome outcome = run_zeus({"power", "--interval", "0.05", "--count", "2"}, machine());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out,
              AllOf(Not(HasSubstr("\x1b")), HasSubstr("GPU 1  Tesla V100-PCIE-32GB (SIMULATED)\n"),
                    HasSubstr(" s  GPU 1     33.0 W of 250 W, "), HasSubstr(" J so far\n"),
                    HasSubstr("2 samples"), HasSubstr("mean power  highest")));
}

TEST_F(Power, json_has_the_totals) {
  const Outcome outcome =
      run_zeus({"power", "--interval", "0.1", "--count", "3", "--json", "--gpus", "1"}, machine());
  EXPECT_EQ(outcome.status, 0);
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("samples"), 3);
  EXPECT_EQ(report.at("signal"), nullptr);
  ASSERT_THAT(report.at("gpus"), SizeIs(1));
  const json& gpu = report.at("gpus").at(0);
  EXPECT_EQ(gpu.at("index"), 1);
  EXPECT_EQ(gpu.at("highest_power_w"), 33.0);
  EXPECT_EQ(gpu.at("average_power_w"),
            gpu.at("energy_j").get<double>() / gpu.at("time_s").get<double>());
  EXPECT_THAT(report.at("cpus"), SizeIs(1));
}

TEST_F(Power, draws_a_table_on_a_terminal_until_control_c_then_the_totals) {
  RunOptions options = machine();
  options.on_terminal = true;
  options.columns = 60;
  options.rows = 8;
  RunningZeus zeus({"power", "--interval", "0.1"}, options);
  ASSERT_TRUE(zeus.wait_until(
      [](const std::string& out) { return out.find("250 W") != std::string::npos; }));
  zeus.type("\x03");
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 128 + SIGINT);
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[?25l"));
  const auto end = outcome.out.find("\x1b[?25h");
  ASSERT_NE(end, std::string::npos);
  std::istringstream lines(without_escapes(outcome.out.substr(0, end)));
  for (std::string line; std::getline(lines, line);) {
    std::erase(line, '\r');
    EXPECT_LE(apps::display_width(line), 60U) << line;
  }
  EXPECT_THAT(outcome.out.substr(end), AllOf(HasSubstr(" sample"), HasSubstr("mean power"),
                                             HasSubstr("highest"), HasSubstr("all")));
}

TEST_F(Power, a_signal_ends_it_with_the_totals_even_in_a_long_pause) {
  for (const int signal : {SIGINT, SIGTERM}) {
    RunningZeus zeus({"power", "--interval", "3600"}, machine());
    ASSERT_TRUE(zeus.wait_until(
        [](const std::string& out) { return out.find("CPU 0") != std::string::npos; }));
    zeus.signal(signal);
    const Outcome outcome = zeus.wait();
    EXPECT_EQ(outcome.status, 128 + signal);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("0 samples"), HasSubstr("mean power")));
  }
}

TEST_F(Power, a_lost_gpu_is_told_and_ends_no_other) {
  const Outcome outcome = run_zeus(
      {"power", "--interval", "0.05", "--count", "20", "--csv", "--no-cpus"}, machine(kLostGpu));
  EXPECT_EQ(outcome.status, 0);
  const auto rows = rows_of(outcome.out);
  ASSERT_THAT(rows, SizeIs(1 + 20 * 2));
  EXPECT_EQ(rows[1][4], "33.0") << "lost too early";
  EXPECT_EQ(rows[39][3], "0");
  EXPECT_EQ(rows[39][4] + rows[39][5] + rows[39][6] + rows[39][7], "") << outcome.out;
  EXPECT_EQ(rows[40][4], "33.0");
  // Once a call that fails, however often it does.
  const std::vector<std::string> lines = outcome.error_lines();
  const auto warnings = std::ranges::count_if(
      lines, [](const std::string& line) { return line.starts_with("zeus: warning: GPU 0: "); });
  EXPECT_GE(warnings, 1);
  EXPECT_LE(warnings, 8) << outcome.err;
}

TEST_F(Power, a_lost_gpu_is_a_line_without_figures) {
  const Outcome outcome =
      run_zeus({"power", "--interval", "0.05", "--count", "20", "--no-cpus"}, machine(kLostGpu));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("GPU 0          -  no answer\n"), HasSubstr("20 samples")));
}

TEST_F(Power, without_any_device_says_so) {
  write_text(folder_ / "libnvidia-ml.so.1", "");
  const Outcome outcome =
      run_zeus({"power"}, {.environment = {{"LD_LIBRARY_PATH", folder_.path().string()},
                                           {"ZEUS_POWERCAP", (folder_ / "none").string()}}});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error_lines(), SizeIs(1));
  EXPECT_THAT(outcome.err, HasSubstr("zeus env"));
}

TEST_F(Power, shows_cpus_where_there_is_no_gpu) {
  write_text(folder_ / "libnvidia-ml.so.1", "");
  const Outcome outcome = run_zeus({"power", "--interval", "0.05", "--count", "1"},
                                   {.environment = {{"LD_LIBRARY_PATH", folder_.path().string()},
                                                    {"ZEUS_POWERCAP", cpus_.path().string()}}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("CPU 0  package-0"));
}

TEST_F(Power, shows_cpus_where_the_job_was_given_a_part_of_a_gpu_or_none) {
  for (const auto& [visible, why] : {std::pair{"MIG-0a1b2c3d-1111-2222-3333-444455556666", "MIG"},
                                     std::pair{"nonsense", "CUDA_VISIBLE_DEVICES shows none"}}) {
    RunOptions options = machine();
    options.environment["CUDA_VISIBLE_DEVICES"] = visible;
    const Outcome outcome =
        run_zeus({"power", "--interval", "0.05", "--count", "1", "--json"}, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(json::parse(outcome.out).at("cpus"), SizeIs(1));
    EXPECT_THAT(outcome.err, AllOf(StartsWith("zeus: warning: No GPU is read"), HasSubstr(why)));
    EXPECT_EQ(run_zeus({"power", "--gpus", "0", "--count", "1"}, options).status, 1);
  }
}

TEST_F(Power, a_reader_that_goes_away_ends_it) {
  RunOptions options = machine();
  options.program = "/bin/bash";
  const Outcome outcome = run_zeus(
      {"--norc", "-c", "\"$1\" power --interval 0.05 --csv | head -n 1; echo ${PIPESTATUS[0]}",
       "shell", ZEUS_COMMAND},
      options);
  EXPECT_EQ(outcome.out, kCsvHeader + std::to_string(128 + SIGPIPE) + "\n");
}

TEST_F(Power, a_progress_line_tells_a_person_that_a_program_is_waited_for) {
  RunOptions options = machine();
  options.on_terminal = true;
  options.output = folder_ / "power.json";
  const Outcome outcome =
      run_zeus({"power", "--interval", "0.2", "--count", "8", "--json"}, options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr(" of 8"), HasSubstr("█"), ::testing::EndsWith("\r\x1b[K")));
  EXPECT_EQ(json::parse(read_text(folder_ / "power.json")).at("samples"), 8);
}

}  // namespace
}  // namespace zeus::testing
