// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/host_power_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/captured_log.h"
#include "tests/manual_clock.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

// A package that draws 60 W, and 20 W in its memory.
class SteadyCpu final : public Cpu {
 public:
  explicit SteadyCpu(std::shared_ptr<ManualClock> clock) : clock_(std::move(clock)) {}
  [[nodiscard]] const CpuInfo& info() const override { return info_; }
  [[nodiscard]] CpuEnergy total_energy() override {
    if (fails) throw ZeusBaseCPUError("no counter");
    return {.package = Watts(60) * clock_->monotonic(), .dram = Watts(20) * clock_->monotonic()};
  }
  bool fails = false;

 private:
  std::shared_ptr<ManualClock> clock_;
  CpuInfo info_{.name = "package-0", .has_dram = true};
};

struct HostPowerMeterTest : ::testing::Test {
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<SteadyCpu> first = std::make_shared<SteadyCpu>(clock);
  std::shared_ptr<SteadyCpu> second = std::make_shared<SteadyCpu>(clock);
  std::vector<VisibleCpu> cpus{{0, first}, {1, second}};
};

TEST_F(HostPowerMeterTest, is_all_packages_draw_with_memory_shared_by_all_gpus) {
  HostPowerMeter meter(cpus, 8, clock);
  clock->advance(Seconds(5));
  EXPECT_NEAR(meter.per_gpu().value(), 2 * 80 / 8.0, 1e-9);
}

TEST_F(HostPowerMeterTest, waits_until_there_is_something_to_measure) {
  HostPowerMeter meter(cpus, 1, clock);
  const Seconds before = clock->monotonic();
  EXPECT_NEAR(meter.per_gpu().value(), 160, 1e-6);
  EXPECT_NEAR((clock->monotonic() - before).value(), 0.1, 1e-9);
}

TEST_F(HostPowerMeterTest, a_counter_that_fails_leaves_the_last_figure_and_a_warning) {
  HostPowerMeter meter(cpus, 2, clock);
  clock->advance(Seconds(5));
  const Watts before = meter.per_gpu();
  second->fails = true;
  const CapturedLog log;
  EXPECT_EQ(meter.per_gpu(), before);
  EXPECT_TRUE(log.contains("The host's power can't be measured"));
}

TEST_F(HostPowerMeterTest, without_a_counter_it_says_what_to_give_instead) {
  try {
    const HostPowerMeter meter({}, 1, clock);
    FAIL();
  } catch (const ZeusValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("give a number of watts per GPU"));
  }
  EXPECT_THROW(HostPowerMeter(cpus, 0, clock), ZeusValueError);
}

}  // namespace
}  // namespace zeus::testing
