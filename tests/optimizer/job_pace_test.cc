// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/job_pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

struct JobPaceTest : ::testing::Test {
  JobPaceTest() {
    gpu->set_energy_source([this] {
      ++readings;
      return Watts(200) * clock->monotonic() + extra;
    });
    std::vector<std::shared_ptr<EnergyReader>> readers;
    readers.push_back(make_energy_reader({.index = 0, .gpu = gpu}, Seconds(0.02), clock));
    pace = JobPace(std::move(readers));
    readings = 0;
  }

  // So many steps, of which one looks every five seconds.
  void train(int count, Seconds step) {
    for (int i = 0; i < count; ++i) {
      ++steps;
      if (clock->monotonic() >= next_look) {
        note(pace.look(clock->monotonic(), steps));
        next_look = clock->monotonic() + Seconds(5);
      }
      clock->advance(step);
    }
  }
  void pause(Seconds length) {
    note(pace.pause(clock->monotonic(), steps));
    clock->advance(length);
    next_look = Seconds(0);
  }
  void note(const PaceFigures& figures) {
    if (figures.step) step_times.push_back(figures.step->value());
    if (figures.power) powers.push_back(figures.power->value());
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<StubGpu> gpu = std::make_shared<StubGpu>();
  Joules extra;
  int readings = 0;
  JobPace pace;
  std::uint32_t steps = 0xFFFFFF00;  // wraps on the way
  Seconds next_look;
  std::vector<double> step_times;
  std::vector<double> powers;
};

constexpr double kTolerance = 1e-6;

auto near(double value) { return AllOf(Ge(value - kTolerance), Le(value + kTolerance)); }

TEST_F(JobPaceTest, gives_a_figure_of_each_a_minute) {
  train(6000, Seconds(0.1));  // 10 min
  EXPECT_THAT(step_times, AllOf(SizeIs(9), Each(near(0.1))));
  EXPECT_THAT(powers, AllOf(SizeIs(9), Each(near(200))));
  EXPECT_LE(readings, 10);
}

TEST_F(JobPaceTest, of_long_steps_a_minute_is_as_long_as_three) {
  train(30, Seconds(100));
  EXPECT_THAT(step_times, AllOf(SizeIs(9), Each(near(100))));
}

TEST_F(JobPaceTest, evaluation_that_nobody_reports_is_no_step) {
  for (int epoch = 0; epoch < 20; ++epoch) {
    train(400, Seconds(0.1));
    clock->advance(Seconds(20));
  }
  EXPECT_THAT(step_times, AllOf(SizeIs(Ge(15U)), Each(near(0.1))));
}

TEST_F(JobPaceTest, neither_pauses_nor_what_comes_before_them_counts) {
  for (int epoch = 0; epoch < 20; ++epoch) {
    train(420, Seconds(0.1));
    clock->advance(Seconds(7));  // the program evaluates, and says so too late
    pause(Seconds(50));
  }
  EXPECT_THAT(step_times, AllOf(SizeIs(Ge(10U)), Each(near(0.1))));
  EXPECT_THAT(powers, AllOf(SizeIs(Ge(5U)), Each(near(200))));
  EXPECT_LE(readings, 34) << "one a minute, in 33";
}

TEST_F(JobPaceTest, epochs_shorter_than_a_look_count_as_a_whole) {
  for (int epoch = 0; epoch < 200; ++epoch) {
    train(20, Seconds(0.1));
    pause(Seconds(1));
  }
  EXPECT_THAT(step_times, AllOf(SizeIs(Ge(9U)), Each(near(0.1))));
  EXPECT_THAT(powers, IsEmpty()) << "too short to say anything";
  EXPECT_LE(readings, 11);
}

TEST_F(JobPaceTest, what_is_dropped_counts_nowhere) {
  for (int i = 0; i < 20; ++i) {
    train(3, Seconds(1));
    extra += Joules(1e6);
    clock->advance(Seconds(300));
    pace.drop();
    next_look = Seconds(0);
  }
  EXPECT_THAT(step_times, IsEmpty());
  EXPECT_THAT(powers, IsEmpty());
}

TEST_F(JobPaceTest, a_counter_that_fails_costs_a_figure_and_no_more) {
  train(700, Seconds(0.1));
  gpu->fail(GpuCall::kTotalEnergy);
  train(1200, Seconds(0.1));
  gpu->heal();
  train(2400, Seconds(0.1));
  EXPECT_THAT(step_times, AllOf(SizeIs(Ge(6U)), Each(near(0.1))));
  EXPECT_THAT(powers, AllOf(SizeIs(Ge(3U)), Each(near(200))));
}

TEST_F(JobPaceTest, without_a_counter_only_steps_are_watched) {
  pace = JobPace();
  train(6000, Seconds(0.1));
  EXPECT_THAT(step_times, SizeIs(9));
  EXPECT_THAT(powers, IsEmpty());
}

}  // namespace
}  // namespace zeus::testing
