// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/apps/zeus_program.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr double kNoise = 0.03;  // relative; the demo's steps differ by 2 %

// Steps that take long and are far apart from limit to limit: what is best is beyond the noise.
// A step is a hundredth of an epoch.
constexpr const char* kTable =
    "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n"
    "cifar100,tiny,64,adam,100,50,95\n"
    "cifar100,tiny,64,adam,150,26,140\n"
    "cifar100,tiny,64,adam,200,20.8,190\n"
    "cifar100,tiny,64,adam,250,20,240\n"
    "cifar100,tiny,128,adam,100,60,95\n";

json demo_json(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"demo", "--json"});
  const Outcome outcome = run_zeus(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  return json::parse(outcome.out);
}

double picked_by(const json& report, const std::string& selector) {
  for (const json& choice : report.at("choices")) {
    if (choice.at("selector") == selector) return choice.at("power_limit_w");
  }
  return 0;
}

TEST(Demo, plain_output_tells_each_limit_the_choices_the_saving_and_that_limits_are_back) {
  const Outcome outcome = run_zeus({"demo"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.out, StartsWith("zeus demo: V100 ResNet-50 on 4 x V100, simulated\n"
                                      "SIMULATED by a model fitted to tables measured on real"));
  for (const char* const limit :
       {"250 W  limit 1 of 7", "225 W  limit 2 of 7", "200 W  limit 3 of 7", "175 W  limit 4 of 7",
        "150 W  limit 5 of 7", "125 W  limit 6 of 7", "100 W  limit 7 of 7"}) {
    EXPECT_THAT(outcome.out, HasSubstr(limit));
  }
  for (const char* const selector :
       {"E  energy ", "T  time ", "Z  zeus-cost, eta 0.5 ", "M  max-slowdown 1.1 ",
        "L  least-energy-within-slowdown 1.1 "}) {
    EXPECT_THAT(outcome.out, HasSubstr(selector));
  }
  EXPECT_THAT(outcome.out, HasSubstr("What zeus saved in this run"));
  EXPECT_THAT(outcome.out,
              HasSubstr("The power limits that were there before are back: 4 x 250 W.\n"));
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(Demo, json_holds_what_was_measured_chosen_and_saved) {
  const json report = demo_json({});
  EXPECT_EQ(report.at("simulated"), true);
  EXPECT_EQ(report.at("state"), "done");
  EXPECT_EQ(report.at("limits_restored"), true);
  EXPECT_EQ(report.at("power_limits_w"), json({250, 225, 200, 175, 150, 125, 100}));
  EXPECT_THAT(report.at("measurements"), SizeIs(7));
  EXPECT_THAT(report.at("choices"), SizeIs(5));
  EXPECT_EQ(report.at("chosen_power_limit_w"), picked_by(report, "zeus-cost"));
  ASSERT_THAT(report.at("gpus"), SizeIs(4));
  for (const json& gpu : report.at("gpus")) {
    EXPECT_EQ(gpu.at("prior_power_limit_w"), 250);
    EXPECT_EQ(gpu.at("final_power_limit_w"), 250);
    EXPECT_THAT(gpu.at("uuid").get<std::string>(), StartsWith("GPU-"));
  }
  // The fitted V100 draws least between its lowest and its highest limit.
  EXPECT_GT(report.at("after_choice").at("energy_saving_percent"), 10);
  EXPECT_EQ(report.at("whole_run").at("steps"), report.at("without_zeus").at("steps"));
}

TEST(Demo, a_replayed_table_is_measured_right_and_each_selector_picks_its_limit) {
  const TemporaryFolder folder;
  write_text(folder / "table.csv", kTable);
  const std::vector<std::string> replay{
      "--table", folder / "table.csv", "--select", "cifar100/tiny/64/adam", "--gpus",
      "2",       "--pl-step",          "50"};
  const json report = demo_json(replay);
  // Two GPUs, 40 steps: seconds and joules of the table times 0.4 and 0.8.
  ASSERT_THAT(report.at("measurements"), SizeIs(4));
  const std::vector<std::pair<double, double>> expected{
      {8.0, 3840.0}, {8.32, 3161.6}, {10.4, 2912.0}, {20.0, 3800.0}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const json& point = report.at("measurements").at(i);
    EXPECT_EQ(point.at("power_limit_w"), 250 - 50 * static_cast<int>(i));
    EXPECT_NEAR(point.at("time_s"), expected[i].first, kNoise * expected[i].first);
    EXPECT_NEAR(point.at("energy_j"), expected[i].second, kNoise * expected[i].second);
  }
  EXPECT_EQ(picked_by(report, "energy"), 150);
  EXPECT_EQ(picked_by(report, "time"), 250);
  EXPECT_EQ(picked_by(report, "zeus-cost"), 200);
  EXPECT_EQ(picked_by(report, "max-slowdown"), 200);
  EXPECT_EQ(picked_by(report, "least-energy-within-slowdown"), 200);
  // 3161.6 / 3840 and 8.32 / 8, by the ground truth.
  EXPECT_NEAR(report.at("after_choice").at("energy_saving_percent"), 17.7, 100 * kNoise);
  EXPECT_NEAR(report.at("after_choice").at("slowdown_percent"), 4.0, 100 * kNoise);

  for (const auto& [selector, limit] :
       std::vector<std::pair<std::string, double>>{{"energy", 150},
                                                   {"time", 250},
                                                   {"max-slowdown", 200},
                                                   {"least-energy-within-slowdown", 200}}) {
    std::vector<std::string> arguments = replay;
    arguments.insert(arguments.end(), {"--selector", selector});
    const json other = demo_json(arguments);
    EXPECT_EQ(other.at("selector"), selector);
    EXPECT_EQ(other.at("chosen_power_limit_w"), limit) << selector;
    EXPECT_EQ(other.at("limits_restored"), true);
  }
}

// Once this never ended: the sampling thread kept virtual time from the step that was due.
TEST(Demo, gpus_without_an_energy_counter_are_sampled_to_the_end) {
  const json report = demo_json({"--model", "P100", "--gpus", "2"});
  EXPECT_EQ(report.at("measurements").size(), 6U);
}

TEST(Demo, the_same_seed_gives_the_same_figures_and_another_seed_gives_others) {
  const json first = demo_json({"--seed", "7", "--gpus", "1"});
  EXPECT_EQ(first, demo_json({"--seed", "7", "--gpus", "1"}));
  EXPECT_NE(first.at("measurements"), demo_json({"--seed", "8", "--gpus", "1"}).at("measurements"));
}

TEST(Demo, a_run_that_is_too_short_goes_on_from_its_profile) {
  const TemporaryFolder folder;
  const std::string file = folder / "profile.json";
  const json first = demo_json({"--profile", file, "--epochs", "2"});
  EXPECT_EQ(first.at("state"), "unfinished");
  EXPECT_THAT(first.at("measurements"), SizeIs(3));
  EXPECT_THAT(first.at("choices"), SizeIs(0));
  EXPECT_EQ(first.at("limits_restored"), true);
  EXPECT_TRUE(std::filesystem::exists(file + ".partial"));

  const json second = demo_json({"--profile", file, "--epochs", "3"});
  EXPECT_EQ(second.at("state"), "done");
  ASSERT_THAT(second.at("measurements"), SizeIs(7));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(second.at("measurements").at(i), first.at("measurements").at(i));
  }
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(file + ".partial"));
}

// What can't be is one line and exit code 1.
void expect_failure(const std::vector<std::string>& arguments, const std::string& words,
                    const RunOptions& options = {}) {
  const Outcome outcome = run_zeus(arguments, options);
  EXPECT_EQ(outcome.status, 1) << words;
  EXPECT_THAT(outcome.error_lines(), SizeIs(1));
  EXPECT_THAT(outcome.err, AllOf(StartsWith("zeus: "), HasSubstr(words)));
}

TEST(Demo, a_profile_that_cannot_be_written_or_used_is_one_line) {
  const TemporaryFolder folder;
  expect_failure({"demo", "--profile", folder / "missing" / "profile.json"}, "missing");
  write_text(folder / "damaged.json", "{\"measurements\": [{");
  expect_failure({"demo", "--profile", folder / "damaged.json"}, "damaged.json");
  EXPECT_EQ(read_text(folder / "damaged.json"), "{\"measurements\": [{");
}

TEST(Demo, a_table_that_cannot_be_used_is_one_line) {
  const TemporaryFolder folder;
  write_text(folder / "table.csv", kTable);
  write_text(folder / "text.csv", "no,table\n1,2\n");
  expect_failure({"demo", "--table", folder / "none.csv"}, "none.csv");
  expect_failure({"demo", "--table", folder / "text.csv"}, "text.csv");
  expect_failure({"demo", "--table", folder / "table.csv"}, "2 workloads fit");
  expect_failure({"demo", "--table", folder / "table.csv", "--select", "mnist///"}, "table.csv");
}

TEST(Demo, a_missing_simulated_driver_is_one_line_that_says_where_it_was_looked_for) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "bin");
  std::filesystem::copy_file(ZEUS_COMMAND, folder / "bin" / "zeus");
  expect_failure({"demo"}, (folder / "simulator").string(), {.program = folder / "bin" / "zeus"});
}

TEST(Demo, an_installed_program_finds_the_simulated_driver) {
  const TemporaryFolder folder;
  const auto driver_folder = (folder / "bin" / ZEUS_INSTALLED_SIMULATOR).lexically_normal();
  std::filesystem::create_directory(folder / "bin");
  std::filesystem::create_directories(driver_folder);
  std::filesystem::copy_file(ZEUS_COMMAND, folder / "bin" / "zeus");
  std::filesystem::copy_file(std::filesystem::path(ZEUS_SIMULATOR_DIR) / "libnvidia-ml.so.1",
                             driver_folder / "libnvidia-ml.so.1");
  const Outcome outcome = run_zeus({"demo"}, {.program = folder / "bin" / "zeus"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

// The state file of the machine that a running demo has made.
std::filesystem::path state_of_machine(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    if (path != std::string::npos && line.find("/zeus-machine-", path) != std::string::npos) {
      return line.substr(path);
    }
  }
  return {};
}

// The limits of the machine's GPUs as another process sees them.
std::vector<double> limits_seen(const std::filesystem::path& state) {
  const Outcome outcome =
      run_zeus({"env", "--json"},
               {.environment = simulated_driver(state.parent_path() / "scenario.json", state)});
  std::vector<double> limits;
  if (outcome.status != 0) return limits;
  const json report = json::parse(outcome.out);
  for (const json& gpu : report.at("gpus")) {
    limits.push_back(gpu.at("requested_power_limit_w"));
  }
  return limits;
}

TEST(Demo, an_interrupt_amid_the_sweep_puts_the_limits_back_and_is_exit_code_130) {
  RunningZeus zeus({"demo", "--clock", "real", "--workload", "NCF", "--gpus", "2", "--json"});
  std::vector<double> limits;
  ASSERT_TRUE(zeus.wait_until([&](const std::string&) {
    const std::filesystem::path state = state_of_machine(zeus.pid());
    if (state.empty()) return false;
    limits = limits_seen(state);
    return limits.size() == 2 && limits[0] < 250;
  })) << "no limit was ever lowered";
  const std::filesystem::path state = state_of_machine(zeus.pid());
  zeus.signal(SIGINT);
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_THAT(outcome.err, IsEmpty());
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("state"), "interrupted");
  EXPECT_EQ(report.at("signal"), SIGINT);
  EXPECT_EQ(report.at("limits_restored"), true);
  for (const json& gpu : report.at("gpus")) EXPECT_EQ(gpu.at("final_power_limit_w"), 250);
  EXPECT_FALSE(std::filesystem::exists(state.parent_path())) << "the simulated was left behind";
}

TEST(Demo, a_request_to_terminate_puts_the_limits_back_and_is_exit_code_143) {
  RunningZeus zeus({"demo", "--clock", "real", "--workload", "NCF"});
  ASSERT_TRUE(zeus.wait_until(
      [](const std::string& out) { return out.find("limit 1 of 7") != std::string::npos; }));
  zeus.signal(SIGTERM);
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 143);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("Interrupted after"), HasSubstr("are back: 4 x 250 W")));
}

TEST(Demo, an_output_that_nobody_reads_any_more_ends_it_in_order) {
  const TemporaryFolder folder;
  const std::string fifo = folder / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  RunningZeus zeus({"demo", "--clock", "real", "--workload", "NCF"}, {.output = fifo});
  std::filesystem::path state;
  ASSERT_TRUE(zeus.wait_until([&](const std::string&) {
    state = state_of_machine(zeus.pid());
    return !state.empty();
  }));
  close(reader);
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 128 + SIGPIPE);
  EXPECT_FALSE(std::filesystem::exists(state.parent_path())) << "the simulated was left behind";
}

}  // namespace
}  // namespace zeus::testing
