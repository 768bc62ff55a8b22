// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be wrong is found by the constructor, in one clear line, with nothing changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Options = GlobalPowerLimitOptimizerOptions;

// The message of the error that construction throws.
template <class Error>
std::string refusal(Training& training, const Options& options = {}) {
  try {
    const GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(OptimizerConstruction, every_parameter_out_of_range_is_named) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  struct Case {
    const char* name;
    std::function<void(Options&)> spoil;
  };
  const std::vector<Case> cases = {
      {"wait_steps", [](Options& o) { o.wait_steps = -1; }},
      {"warmup_steps", [](Options& o) { o.warmup_steps = -1; }},
      {"profile_steps", [](Options& o) { o.profile_steps = 0; }},
      {"profile_steps", [](Options& o) { o.profile_steps = -5; }},
      {"pl_step", [](Options& o) { o.pl_step = Watts(0); }},
      {"pl_step", [](Options& o) { o.pl_step = Watts(-25); }},
      {"pl_step", [](Options& o) { o.pl_step = Watts(0.0004); }},
      {"pl_step", [nan](Options& o) { o.pl_step = Watts(nan); }},
      {"pl_step", [infinity](Options& o) { o.pl_step = Watts(infinity); }},
      {"max_power_limit", [](Options& o) { o.max_power_limit = Watts(250.001); }},
      {"max_power_limit", [](Options& o) { o.max_power_limit = Watts(99.999); }},
      {"max_power_limit", [](Options& o) { o.max_power_limit = Watts(-1); }},
      {"max_power_limit", [nan](Options& o) { o.max_power_limit = Watts(nan); }},
      {"max_power_limit", [infinity](Options& o) { o.max_power_limit = Watts(infinity); }},
      {"construction_timeout", [](Options& o) { o.construction_timeout = Seconds(0); }},
      {"construction_timeout", [nan](Options& o) { o.construction_timeout = Seconds(nan); }},
      {"host_power", [](Options& o) { o.host_power = Watts(-1); }},
      {"host_power", [nan](Options& o) { o.host_power = Watts(nan); }},
      {"host_power", [infinity](Options& o) { o.host_power = Watts(infinity); }},
  };
  for (const Case& bad : cases) {
    Training training;
    Options options;
    bad.spoil(options);
    EXPECT_THAT(refusal<ZeusValueError>(training, options),
                AllOf(HasSubstr(bad.name), Not(HasSubstr("\n"))));
    EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  }
}

TEST(OptimizerConstruction, the_extremes_of_every_parameter_work) {
  Training training;
  Options options;
  options.wait_steps = 0;
  options.warmup_steps = 0;
  options.profile_steps = 1;
  options.pl_step = Watts(1000);
  options.max_power_limit = Watts(100);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  training.step(optimizer);
  training.step(optimizer);
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(100));
}

TEST(OptimizerConstruction, a_monitor_without_gpus_is_refused) {
  Training training(0);
  EXPECT_THAT(refusal<ZeusValueError>(training), HasSubstr("covers no GPU"));
}

TEST(OptimizerConstruction, permission_is_found_by_writing_the_limit_that_is_there) {
  Training training(2);
  training.gpu(0).set_limit_from_outside(Watts(201.5));
  const GlobalPowerLimitOptimizer optimizer(training.monitor);
  EXPECT_EQ(values(training.gpu(0).limits_set()), std::vector<double>{201.5});
  EXPECT_EQ(values(training.gpu(1).limits_set()), std::vector<double>{250});
}

TEST(OptimizerConstruction, without_permission_it_says_what_to_do) {
  Training training;
  training.gpu().fail_with(GpuCall::kSetPowerLimit,
                           std::make_exception_ptr(ZeusGPUNoPermissionError(
                               "no", 4, "nvmlDeviceSetPowerManagementLimit")));
  EXPECT_THAT(refusal<ZeusGPUNoPermissionError>(training),
              AllOf(HasSubstr("SYS_ADMIN"), HasSubstr("root")));
}

TEST(OptimizerConstruction, gpus_of_several_models_or_ranges_are_refused) {
  Training training(2);
  training.gpu(1).set_limit_range({Watts(125), Watts(250)});
  EXPECT_THAT(refusal<ZeusValueError>(training), HasSubstr("ranges are not uniform"));

  const auto clock = std::make_shared<ManualClock>();
  const auto v100 = std::make_shared<StubGpu>(v100_info(0));
  GpuInfo other = v100_info(1);
  other.name = "NVIDIA A40";
  const auto a40 = std::make_shared<StubGpu>(other);
  ZeusMonitor mixed({{0, v100}, {1, a40}}, {.clock = clock});
  EXPECT_THROW(GlobalPowerLimitOptimizer{mixed}, ZeusGPUHeterogeneousError);
  ZeusMonitor one_kind({{1, a40}}, {.clock = clock});
  EXPECT_NO_THROW(GlobalPowerLimitOptimizer{one_kind});
}

TEST(OptimizerConstruction, a_driver_failure_passes_through_with_its_type) {
  for (const GpuCall call :
       {GpuCall::kPowerLimit, GpuCall::kSetPowerLimit, GpuCall::kPowerLimitRange}) {
    Training training;
    training.gpu().fail<ZeusGPULostError>(call);
    EXPECT_THROW(GlobalPowerLimitOptimizer{training.monitor}, ZeusGPULostError);
    EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  }
}

TEST(OptimizerConstruction, tells_what_it_is_going_to_do) {
  CapturedLog log;
  Training training;
  const GlobalPowerLimitOptimizer optimizer(training.monitor);
  EXPECT_TRUE(log.contains("Profiling 7 power limits"));
  EXPECT_TRUE(log.contains("after 1 step"));
  for (const auto& line : log.lines()) {
    if (line.text.find("Profiling") != std::string::npos) {
      EXPECT_EQ(line.logger, "zeus.optimizer.power_limit");
    }
  }
}

}  // namespace
}  // namespace zeus::testing
