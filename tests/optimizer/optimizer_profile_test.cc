// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is measured is kept: the profile file, its unfinished sidecar, and restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Options = GlobalPowerLimitOptimizerOptions;
namespace fs = std::filesystem;

struct OptimizerProfile : ::testing::Test {
  Options options() const {
    Options result;
    result.optimum_selector = std::make_shared<Energy>();
    result.wait_steps = 0;
    result.warmup_steps = 1;
    result.profile_steps = 4;
    result.pl_step = Watts(50);  // 250, 200, 150, 100
    result.profile_path = path;
    return result;
  }

  template <class Error>
  std::string refusal(const Options& bad) {
    Training training;
    try {
      const GlobalPowerLimitOptimizer optimizer(training.monitor, bad);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryFolder folder;
  fs::path path = folder / "profile.json";
  fs::path partial = folder / "profile.json.partial";
};

TEST_F(OptimizerProfile, is_written_when_finished_and_read_by_the_next_job) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  training.epoch(optimizer, 100);
  ASSERT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(partial));
  const Profile profile = parse_profile(read_text(path), path);
  ASSERT_EQ(profile.measurements.size(), 4U);
  EXPECT_EQ(profile.origin->gpu_model, "Tesla V100-SXM2-32GB");
  EXPECT_EQ(profile.origin->profile_steps, 4);

  Training next;
  GlobalPowerLimitOptimizer loaded(next.monitor, options());
  ASSERT_TRUE(std::holds_alternative<Done>(loaded.state()));
  EXPECT_EQ(std::get<Done>(loaded.state()).optimal_power_limit,
            std::get<Done>(optimizer.state()).optimal_power_limit);
  EXPECT_EQ(next.gpu().limit_now(), std::get<Done>(loaded.state()).optimal_power_limit);
  next.epoch(loaded, 100);
  EXPECT_TRUE(next.monitor.diary.empty());
  loaded.close();
  EXPECT_EQ(next.gpu().limit_now(), Watts(250));
}

TEST_F(OptimizerProfile, every_finished_limit_is_kept_at_once) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  std::size_t saved = 0;
  for (int i = 0; i < 15; ++i) {
    training.step(optimizer);
    const std::size_t measured = optimizer.measurements().size();
    if (measured == saved) continue;
    ++saved;
    EXPECT_EQ(parse_profile(read_text(partial), partial).measurements.size(), measured);
  }
  EXPECT_EQ(saved, 2U);
  EXPECT_FALSE(fs::exists(path));
}

// Killed after any number of steps, the next job measures what is missing and nothing else.
TEST_F(OptimizerProfile, a_restart_goes_on_from_what_is_measured) {
  for (int killed_after = 0; killed_after < 22; ++killed_after) {
    fs::remove(path);
    fs::remove(partial);
    Training first;
    auto* leaked = new GlobalPowerLimitOptimizer(first.monitor, options());
    for (int i = 0; i < killed_after; ++i) first.step(*leaked);
    const std::size_t measured = leaked->measurements().size();
    delete leaked;  // the files are as a kill would leave them: close() writes none

    Training second;
    GlobalPowerLimitOptimizer resumed(second.monitor, options());
    if (measured < 4) {
      EXPECT_EQ(resumed.measurements().size(), measured) << killed_after;
      second.epoch(resumed, 100);
      EXPECT_EQ(second.monitor.diary.size(), 4 - measured);
    }
    ASSERT_TRUE(std::holds_alternative<Done>(resumed.state()));
    const Profile profile = parse_profile(read_text(path), path);
    std::vector<Watts> limits;
    limits.reserve(profile.measurements.size());
    for (const auto& point : profile.measurements) limits.push_back(point.setting.power_limit);
    EXPECT_EQ(values(limits), (std::vector<double>{250, 200, 150, 100}));
    EXPECT_FALSE(fs::exists(partial));
  }
}

TEST_F(OptimizerProfile, a_job_killed_between_the_last_limit_and_the_file_is_finished_at_restart) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  training.epoch(optimizer, 100);
  fs::rename(path, partial);
  Training next;
  const GlobalPowerLimitOptimizer resumed(next.monitor, options());
  EXPECT_TRUE(std::holds_alternative<Done>(resumed.state()));
  EXPECT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(partial));
}

TEST_F(OptimizerProfile, an_unfinished_profile_of_other_parameters_is_started_anew) {
  {
    Training training;
    GlobalPowerLimitOptimizer optimizer(training.monitor, options());
    for (int i = 0; i < 12; ++i) training.step(optimizer);
  }
  ASSERT_TRUE(fs::exists(partial));
  for (const auto& change : std::vector<std::function<void(Options&)>>{
           [](Options& o) { o.profile_steps = 5; }, [](Options& o) { o.warmup_steps = 2; },
           [](Options& o) { o.pl_step = Watts(60); }}) {
    CapturedLog log;
    Options changed = options();
    change(changed);
    Training training;
    const GlobalPowerLimitOptimizer optimizer(training.monitor, changed);
    EXPECT_TRUE(optimizer.measurements().empty());
    EXPECT_TRUE(log.contains("starts anew"));
  }
}

TEST_F(OptimizerProfile, files_of_the_python_package_load) {
  write_text(path, R"({
    "measurements": [
        {"power_limit": 250, "energy": 1000.0, "time": 5.0},
        {"power_limit": 150, "energy": 700.0, "time": 6.0}
    ]
})");
  Training training;
  const GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(150));
}

TEST_F(OptimizerProfile, points_above_the_ceiling_are_left_out_of_the_choice_and_said_once) {
  write_text(path, R"({"measurements": [
      {"power_limit": 250, "energy": 500.0, "time": 5.0},
      {"power_limit": 200, "energy": 600.0, "time": 5.5},
      {"power_limit": 150, "energy": 700.0, "time": 6.0}]})");
  CapturedLog log;
  Training training;
  training.gpu().set_limit_from_outside(Watts(225));
  training.gpu().set_default_limit(Watts(225));
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(200));
  training.epoch(optimizer, 10);
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("1 point(s)")));
  optimizer.close();

  Options higher = options();
  higher.max_power_limit = Watts(250);
  const GlobalPowerLimitOptimizer all(training.monitor, higher);
  EXPECT_EQ(std::get<Done>(all.state()).optimal_power_limit, Watts(250));
}

TEST_F(OptimizerProfile, a_profile_wholly_above_the_ceiling_is_refused) {
  write_text(path, R"({"measurements": [{"power_limit": 250, "energy": 5.0, "time": 5.0}]})");
  Training training;
  training.gpu().set_limit_from_outside(Watts(225));
  EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, options()), ZeusFileError);
  EXPECT_EQ(training.gpu().limit_now(), Watts(225));
}

TEST_F(OptimizerProfile, a_bad_file_is_an_error_that_names_it_and_stays_untouched) {
  for (const std::string text :
       {"", "{\"measurements\": [", "{}",
        R"({"measurements": [{"power_limit": 300, "energy": 1.0, "time": 1.0}]})"}) {
    for (const fs::path& file : {path, partial}) {
      fs::remove(path);
      fs::remove(partial);
      write_text(file, text);
      EXPECT_THAT(refusal<ZeusFileError>(options()), HasSubstr(file.string())) << text;
      EXPECT_EQ(read_text(file), text);
    }
  }
}

TEST_F(OptimizerProfile, a_profile_of_another_model_is_refused_other_uuids_are_only_logged) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  training.epoch(optimizer, 100);
  const auto load_on = [this](GpuInfo info) {
    ZeusMonitor monitor({{0, std::make_shared<StubGpu>(std::move(info))}},
                        {.clock = std::make_shared<ManualClock>()});
    const GlobalPowerLimitOptimizer loaded(monitor, options());
  };
  GpuInfo other_model = v100_info(0);
  other_model.name = "Tesla V100-PCIE-16GB";
  EXPECT_THROW(load_on(other_model), ZeusFileError);
  CapturedLog log;
  EXPECT_NO_THROW(load_on(v100_info(7)));
  EXPECT_TRUE(log.contains("other GPUs"));
  EXPECT_TRUE(log.warnings().empty());
}

// ZeusCost weighs the job's energy against the power of all its GPUs.
TEST_F(OptimizerProfile, of_one_gpu_serves_a_job_of_eight_as_its_own_would) {
  Options weighed = options();
  weighed.optimum_selector = nullptr;  // ZeusCost of the job's GPUs
  const auto choice = [&weighed](int gpu_count) {
    Training training(gpu_count);
    GlobalPowerLimitOptimizer optimizer(training.monitor, weighed);
    training.epoch(optimizer, 100);
    return std::get<Done>(optimizer.state()).optimal_power_limit;
  };
  weighed.profile_path.reset();
  const Watts own = choice(8);
  weighed.profile_path = path;
  EXPECT_EQ(choice(1), own);  // the GPUs are alike, so that cost is the same, GPU for GPU
  CapturedLog log;
  EXPECT_EQ(choice(8), own);
  EXPECT_THAT(log.warnings(), ElementsAre(AllOf(HasSubstr("measured on 1 GPU(s), this job has 8"),
                                                HasSubstr("scaled"))));
}

TEST_F(OptimizerProfile, an_unwritable_path_is_an_error_at_construction) {
  Options bad = options();
  bad.profile_path = folder / "no" / "such" / "folder.json";
  EXPECT_THAT(refusal<ZeusFileError>(bad), AllOf(HasSubstr("folder.json"), HasSubstr("exist")));
  bad.profile_path = folder.path();
  EXPECT_THAT(refusal<ZeusFileError>(bad), HasSubstr("directory"));
  bad.profile_path = "/proc/profile.json";
  EXPECT_THAT(refusal<ZeusFileError>(bad), HasSubstr("/proc/profile.json"));
}

TEST_F(OptimizerProfile, a_path_that_becomes_unwritable_ends_the_tuning_not_the_training) {
  CapturedLog log;
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options());
  fs::remove_all(folder.path());
  training.epoch(optimizer, 100);
  EXPECT_THAT(std::get<Stopped>(optimizer.state()).reason, HasSubstr("profile.json"));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("Power limit tuning has ended")));
}

class Thrower final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> /*measurements*/) const override {
    throw ZeusValueError("the user's own selector failed");
  }
};

TEST_F(OptimizerProfile, a_selector_that_fails_on_a_loaded_profile_is_told_at_construction) {
  write_text(path, R"({"measurements": [{"power_limit": 250, "energy": 5.0, "time": 5.0}]})");
  Options bad = options();
  bad.optimum_selector = std::make_shared<Thrower>();
  EXPECT_THAT(refusal<ZeusValueError>(bad), HasSubstr("own selector failed"));
}

TEST_F(OptimizerProfile, its_place_is_fixed_at_construction_whatever_folder_the_program_goes_to) {
  const fs::path before = fs::current_path();
  fs::create_directory(folder / "run");
  fs::current_path(folder.path());
  Training training;
  Options relative = options();
  relative.profile_path = "profile.json";
  GlobalPowerLimitOptimizer optimizer(training.monitor, relative);
  for (int i = 0; i < 7; ++i) training.step(optimizer);
  fs::current_path(folder / "run");
  training.epoch(optimizer, 100);
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(partial));
  EXPECT_TRUE(fs::is_empty(folder / "run"));
}

TEST_F(OptimizerProfile, without_a_path_nothing_is_written) {
  Options none = options();
  none.profile_path.reset();
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, none);
  training.epoch(optimizer, 100);
  EXPECT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace zeus::testing
