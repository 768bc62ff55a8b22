// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"
#include "zeus/optimizer/profile_file.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// As the Python package writes them.
constexpr const char* kPythonFile =
    R"({"measurements": [{"power_limit": 250, "energy": 1000.0, "time": 4.0},
                         {"power_limit": 200, "energy": 850.0, "time": 4.2},
                         {"power_limit": 150, "energy": 800.0, "time": 5.0},
                         {"power_limit": 100, "energy": 900.0, "time": 9.0}]})";

class ProfileShow : public ::testing::Test {
 protected:
  std::string file(const std::string& content) {
    write_text(folder_ / "profile.json", content);
    return folder_ / "profile.json";
  }
  static Outcome show(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"profile", "show"});
    return run_zeus(arguments);
  }
  static json show_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const Outcome outcome = show(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }
  static void expect_failure(const std::string& path, const std::string& words) {
    const Outcome outcome = show({path});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.error_lines(), SizeIs(1));
    EXPECT_THAT(outcome.err, AllOf(StartsWith("zeus: "), HasSubstr(path), HasSubstr(words)));
  }

  TemporaryFolder folder_;
};

TEST_F(ProfileShow, marks_what_each_selector_picks) {
  const Outcome outcome = show({file(kPythonFile)});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out,
              HasSubstr("  limit  energy     time    power    cost    saved    slower  picked by\n"
                        "  250 W  1000 J  4.000 s  250.0 W  1000 J    0.0 %     0.0 %  T\n"
                        "  200 W   850 J  4.200 s  202.4 W   950 J  +15.0 %    +5.0 %  Z M L\n"
                        "  150 W   800 J  5.000 s  160.0 W  1025 J  +20.0 %   +25.0 %  E\n"
                        "  100 W   900 J  9.000 s  100.0 W  1575 J  +10.0 %  +125.0 %\n"))
      << outcome.out;
}

TEST_F(ProfileShow, json_has_the_points_and_choices) {
  const json report = show_json({file(kPythonFile)});
  ASSERT_THAT(report.at("measurements"), SizeIs(4));
  EXPECT_EQ(report.at("measurements").at(1),
            json({{"power_limit_w", 200.0},
                  {"energy_j", 850.0},
                  {"time_s", 4.2},
                  {"average_power_w", 850.0 / 4.2},
                  {"cost_j", 0.5 * 850.0 + 0.5 * (250.0 * 4.2)},
                  {"energy_saving_percent", 100.0 * (1.0 - 850.0 / 1000.0)},
                  {"slowdown_percent", 100.0 * (4.2 / 4.0 - 1.0)}}));
  EXPECT_THAT(report.at("choices"), SizeIs(5));
  EXPECT_EQ(report.at("gpu_model"), nullptr);
  EXPECT_EQ(report.at("selector_settings").at("world_size"), 1);
}

// Each limit's 40 steps, after 10 to warm up; the highest was measured twice.
constexpr const char* kSureFile =
    R"({"measurements": [
          {"power_limit": 250, "energy": 1000.0, "time": 4.0, "energy_error": 5.0,
           "time_error": 0.02, "steps": 40},
          {"power_limit": 150, "energy": 800.0, "time": 5.0, "energy_error": 4.0,
           "time_error": 0.025, "steps": 40},
          {"power_limit": 250, "energy": 1000.0, "time": 4.0, "energy_error": 5.0,
           "time_error": 0.02, "steps": 40}],
        "format_version": 2, "gpu_model": "V100", "gpu_uuids": ["GPU-1"], "simulated": false,
        "power_limit_range": {"min": 100, "max": 250},
        "settings": {"warmup_steps": 10, "profile_steps": 40, "pl_step": 25}})";

TEST_F(ProfileShow, says_how_sure_its_figures_are_and_what_profiling_cost) {
  const Outcome outcome = show({file(kSureFile), "--selector", "energy"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("Profiling took 150 steps, 250 J less and 1.2 s more than at 250 W."));
  EXPECT_THAT(outcome.out, HasSubstr("known to +-0.9 (saved) and +-1.5 points (slower)"));
  const json report = show_json({file(kSureFile), "--selector", "energy"});
  EXPECT_EQ(report.at("profiling").at("steps"), 150);
  EXPECT_NEAR(report.at("profiling").at("extra_energy_j"), -250, 1e-9);
  EXPECT_NEAR(report.at("profiling").at("extra_time_s"), 1.25, 1e-9);
  // Variances: 0.5 % twice over two and once, and 0.8 % between probes, over two and once.
  EXPECT_NEAR(report.at("choices").at(0).at("energy_saving_error_percent"),
              80 * std::sqrt(1.5 * 2.5e-5 + 1.5 * 2e-4 / 3), 1e-6);
}

TEST_F(ProfileShow, a_limit_measured_twice_is_one_row) {
  const std::string out = show({file(kSureFile)}).out;
  const std::size_t first = out.find("  250 W  1000 J");
  ASSERT_NE(first, std::string::npos) << out;
  EXPECT_EQ(out.find("  250 W  1000 J", first + 1), std::string::npos) << out;
}

TEST_F(ProfileShow, shows_only_the_selectors_asked_for_with_the_settings_given) {
  const std::string path = file(kPythonFile);
  const json two =
      show_json({path, "--selector", "max-slowdown,zeus-cost", "--slowdown", "2.25", "--eta", "0"});
  ASSERT_THAT(two.at("choices"), SizeIs(2));
  EXPECT_EQ(two.at("choices").at(0).at("selector"), "max-slowdown");
  EXPECT_EQ(two.at("choices").at(0).at("power_limit_w"), 100);
  EXPECT_EQ(two.at("choices").at(1).at("selector"), "zeus-cost");
  EXPECT_EQ(two.at("choices").at(1).at("power_limit_w"), 250);
  EXPECT_EQ(show_json({"--selector", "energy", "--selector", "time", path}).at("choices").size(),
            2U);
  const Outcome shown = show({path, "--selector", "energy"});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("E  energy"), Not(HasSubstr("max-slowdown"))));
}

TEST_F(ProfileShow, the_world_size_is_that_of_the_file_or_the_one_given) {
  const Profile profile{.measurements = {{{Watts(250)}, Joules(4000), Seconds(4)},
                                         {{Watts(187.5)}, Joules(3000), Seconds(5)}},
                        .origin = ProfileOrigin{.gpu_model = "Tesla V100-PCIE-32GB",
                                                .gpu_uuids = {"GPU-1", "GPU-2", "GPU-3", "GPU-4"},
                                                .range = {Watts(100), Watts(250)},
                                                .warmup_steps = 10,
                                                .profile_steps = 40,
                                                .pl_step = Watts(62.5)}};
  const std::string path = file(to_json(profile));
  const json report = show_json({path});
  EXPECT_EQ(report.at("gpu_model"), "Tesla V100-PCIE-32GB");
  EXPECT_EQ(report.at("selector_settings").at("world_size"), 4);
  EXPECT_EQ(report.at("measurements").at(0).at("cost_j"), 0.5 * 4000 + 0.5 * 250 * 4 * 4);
  EXPECT_EQ(show_json({path, "--world-size", "2"}).at("measurements").at(0).at("cost_j"),
            0.5 * 4000 + 0.5 * 250 * 2 * 4);
  EXPECT_THAT(show({path}).out,
              AllOf(HasSubstr("Measured on 4 x Tesla V100-PCIE-32GB, 40 steps per limit."),
                    HasSubstr("187.5 W")));
}

TEST_F(ProfileShow, a_name_that_would_steer_the_terminal_is_defused) {
  const std::string path = file(
      R"({"measurements": [{"power_limit": 100, "energy": 1, "time": 1}], "format_version": 1,
          "gpu_model": "\u001b[31mred", "gpu_uuids": ["GPU-1"], "power_limit_range": {"min": 1, "max": 2},
          "settings": {"warmup_steps": 1, "profile_steps": 1, "pl_step": 1}})");
  EXPECT_THAT(show({path}).out, AllOf(Not(HasSubstr("\x1b")), HasSubstr("?[31mred")));
}

TEST_F(ProfileShow, a_file_that_cannot_be_used_is_one_line_that_names_it) {
  expect_failure(file(""), "empty");
  expect_failure(file("  \n"), "empty");
  expect_failure(file(R"({"measurements": [)"), "damaged");
  expect_failure(file(R"({"measurements": []})"), "no measurements");
  expect_failure(file(R"([1, 2])"), "");
  expect_failure(file(R"({"measurements": [{"power_limit": 250, "energy": -1, "time": 1}]})"),
                 "energy");
  expect_failure(file("\n\n{\"measurements\": [{\n\"power_limit\": }\n"), "damaged");
  expect_failure(folder_ / "missing.json", "No such file");
  expect_failure(folder_.path().string(), "irectory");
}

}  // namespace
}  // namespace zeus::testing
