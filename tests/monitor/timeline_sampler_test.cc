// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/timeline_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "tests/captured_log.h"
#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using zeus::testing::CapturedLog;
using zeus::testing::GpuCall;
using zeus::testing::ManualClock;
using zeus::testing::StubGpu;

// The power of a V100, four times a second. The date is 1.7e9 s at 128 s of the monotonic clock.
struct Sampled {
  explicit Sampled(const std::vector<double>& watts) {
    gpu->set_power_source([this, watts] {
      const auto index =
          static_cast<std::size_t>((clock->monotonic() - Seconds(128)) / Seconds(0.25));
      return Watts(index < watts.size() ? watts[index] : watts.back());
    });
    sampler.emplace(std::vector<SampledSource>{{.visible = {.index = 2, .gpu = gpu}}},
                    Seconds(0.25), std::nullopt, clock);
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Seconds(128), Seconds(1.7e9));
  std::shared_ptr<StubGpu> gpu = std::make_shared<StubGpu>();
  std::optional<TimelineSampler> sampler;
};

TEST(TimelineSampler, keeps_changes_in_unix_time) {
  Sampled sampled({100, 100, 200});
  sampled.clock->advance(Seconds(1));
  EXPECT_THAT(
      sampled.sampler->points(0, {}, {}),
      ElementsAre(TimelinePoint{Seconds(1.7e9), 100}, TimelinePoint{Seconds(1.7e9 + 0.5), 200}));
}

TEST(TimelineSampler, keeps_time_whatever_is_done_to_the_date) {
  for (const double jump : {-3600.0, 3600.0}) {
    Sampled sampled({100, 200, 300, 400});
    sampled.clock->advance(Seconds(0.3));
    sampled.clock->jump_unix_time(Seconds(jump));
    sampled.clock->advance(Seconds(0.7));
    const std::vector<TimelinePoint> points = sampled.sampler->points(0, {}, {});
    ASSERT_EQ(points.size(), 4U) << jump;
    EXPECT_EQ(points[3], (TimelinePoint{Seconds(1.7e9 + 0.75), 400})) << jump;
    EXPECT_EQ(sampled.sampler->integral(0, Seconds(1.7e9), Seconds(1.7e9 + 1)), 250) << jump;
  }
}

TEST(TimelineSampler, drops_powers_that_cannot_be_and_reports_them_once) {
  const CapturedLog heard;
  Sampled sampled({100, 4294967.295, 0, 751, 100});
  sampled.clock->advance(Seconds(2));
  EXPECT_THAT(sampled.sampler->points(0, {}, {}), ElementsAre(TimelinePoint{Seconds(1.7e9), 100}));
  EXPECT_EQ(sampled.sampler->integral(0, Seconds(1.7e9), Seconds(1.7e9 + 2)), 200);
  EXPECT_THAT(heard.warnings(),
              ElementsAre(AllOf(HasSubstr("GPU 2"), HasSubstr("cannot draw"), HasSubstr("once"))));
}

TEST(TimelineSampler, reports_a_failure_once_until_a_reading_succeeds) {
  const CapturedLog heard;
  Sampled sampled({100, 200, 300, 400});
  sampled.gpu->fail<ZeusGPUTimeoutError>(GpuCall::kInstantPower, 0, 2);
  sampled.clock->advance(Seconds(1));
  EXPECT_EQ(sampled.sampler->points(0, {}, {}).size(), 2U);
  EXPECT_THAT(heard.warnings(), ElementsAre(HasSubstr("The power of GPU 2 could not be read")));
}

}  // namespace
}  // namespace zeus
