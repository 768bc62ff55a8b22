// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

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

// As the Python package writes them.
constexpr const char* kFirst =
    R"({"measurements": [{"power_limit": 250, "energy": 1000.0, "time": 4.0},
                         {"power_limit": 200, "energy": 800.0, "time": 5.0},
                         {"power_limit": 150, "energy": 900.0, "time": 8.0}]})";
constexpr const char* kSecond =
    R"({"measurements": [{"power_limit": 250, "energy": 1100.0, "time": 3.0},
                         {"power_limit": 150, "energy": 450.0, "time": 10.0},
                         {"power_limit": 100, "energy": 400.0, "time": 12.0}]})";

class ProfileCompare : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    write_text(folder_ / name, content);
    return folder_ / name;
  }
  // Of `gpus` GPUs, at 250 W.
  std::string profile(const std::string& name, const std::string& model, int gpus, int steps,
                      double energy, double time) {
    Profile content{.measurements = {{{Watts(250)}, Joules(energy), Seconds(time)}},
                    .origin = ProfileOrigin{.gpu_model = model,
                                            .gpu_uuids = {},
                                            .range = {Watts(100), Watts(250)},
                                            .warmup_steps = 10,
                                            .profile_steps = steps,
                                            .pl_step = Watts(25)}};
    for (int i = 0; i < gpus; ++i) {
      content.origin->gpu_uuids.push_back("GPU-" + std::to_string(i));
    }
    return file(name, to_json(content));
  }
  static Outcome compare(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"profile", "compare"});
    return run_zeus(arguments);
  }
  static json compare_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const Outcome outcome = compare(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  TemporaryFolder folder_;
};

TEST_F(ProfileCompare, shows_choices_side_by_side_and_differences_at_common_limits) {
  const std::string first = file("a.json", kFirst);
  const std::string second = file("b.json", kSecond);
  const Outcome outcome = compare({first, second});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("  1  " + first), HasSubstr("  2  " + second),
                    HasSubstr("  energy                             200 W   100 W\n"),
                    HasSubstr("  time                               250 W   250 W\n"),
                    HasSubstr("  limit  file  energy     time  more energy  more time\n"
                              "  250 W     1  1000 J   4.00 s\n"
                              "            2  1100 J   3.00 s      +10.0 %    -25.0 %\n"
                              "  150 W     1   900 J   8.00 s\n"
                              "            2   450 J  10.00 s      -50.0 %    +25.0 %\n")))
      << outcome.out;
}

TEST_F(ProfileCompare, json_has_the_same) {
  const json report = compare_json({file("a.json", kFirst), file("b.json", kSecond),
                                    file("c.json", kFirst), "--selector", "energy"});
  ASSERT_THAT(report.at("files"), SizeIs(3));
  ASSERT_THAT(report.at("files").at(1).at("choices"), SizeIs(1));
  EXPECT_EQ(report.at("files").at(1).at("choices").at(0).at("power_limit_w"), 100);
  EXPECT_EQ(report.at("figures_are"), "a limit");
  ASSERT_THAT(report.at("common_limits"), SizeIs(3));
  EXPECT_EQ(report.at("common_limits").at(0).at("power_limit_w"), 250);
  EXPECT_THAT(report.at("common_limits").at(1).at("points"), SizeIs(2)) << "not in the second";
  EXPECT_EQ(report.at("common_limits").at(2).at("points").at(1),
            json({{"file_index", 1},
                  {"energy_j", 450.0},
                  {"time_s", 10.0},
                  {"energy_change_percent", -50.0},
                  {"time_change_percent", 25.0}}));
}

TEST_F(ProfileCompare, measurements_over_different_numbers_of_steps_are_compared_a_step) {
  const std::string first = profile("a.json", "V100", 1, 40, 4000, 40);
  const std::string second = profile("b.json", "V100", 1, 20, 2200, 18);
  const json report = compare_json({first, second});
  EXPECT_EQ(report.at("figures_are"), "a step");
  EXPECT_THAT(report.at("notes"), IsEmpty());
  const json& points = report.at("common_limits").at(0).at("points");
  EXPECT_EQ(points.at(0).at("energy_j"), 100);
  EXPECT_EQ(points.at(1).at("time_s"), 0.9);
  EXPECT_NEAR(points.at(1).at("energy_change_percent"), 10, 1e-9);
  EXPECT_NEAR(points.at(1).at("time_change_percent"), -10, 1e-9);
  EXPECT_THAT(compare({first, second}).out, HasSubstr("a step\n"));
}

TEST_F(ProfileCompare, other_gpus_are_told) {
  const std::string first = profile("a.json", "V100", 4, 40, 4000, 40);
  const std::string model = profile("b.json", "\u001b[31mA40", 4, 40, 4000, 40);
  const std::string count = profile("c.json", "V100", 8, 40, 4000, 40);
  const std::string silent = file("d.json", kFirst);
  const std::string out = compare({first, model, count, silent}).out;
  EXPECT_THAT(out, AllOf(HasSubstr("Different GPU models: file 2 (?[31mA40) against V100"),
                         HasSubstr("Different numbers of GPUs: file 3 (8) against 4"),
                         HasSubstr("Not said by file 4: on which GPUs"), HasSubstr("4 x V100"),
                         Not(HasSubstr("\x1b"))))
      << out;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(folder_.path().string()) == std::string::npos) {
      EXPECT_LE(line.size(), 80U) << line;
    }
  }
}

TEST_F(ProfileCompare, no_limit_in_common_is_told) {
  const std::string other =
      file("b.json", R"({"measurements": [{"power_limit": 90, "energy": 1, "time": 1}]})");
  EXPECT_THAT(compare({file("a.json", kFirst), other}).out,
              HasSubstr("No power limit of file 1 is in another file.\n"));
}

TEST_F(ProfileCompare, a_file_that_cannot_be_used_is_one_line_that_names_it) {
  const std::string missing = folder_ / "missing.json";
  const Outcome outcome = compare({file("a.json", kFirst), missing});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error_lines(), SizeIs(1));
  EXPECT_THAT(outcome.err, HasSubstr(missing));
}

}  // namespace
}  // namespace zeus::testing
