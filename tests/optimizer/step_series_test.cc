// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_series.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace zeus {
namespace {

// Feeds a series as a training loop would, with a counter that has no ticks unless it is given one.
struct Job {
  explicit Job(SeriesRules rules = {}, double tick_seconds = 0.0)
      : series(1, with_tick(rules, tick_seconds)), tick(tick_seconds) {}

  static SeriesRules with_tick(SeriesRules rules, double tick) {
    rules.counter_period = Seconds(tick);
    return rules;
  }

  void open(bool after_same = true) {
    series.open(Seconds(now), after_same);
    read();
  }
  void read() {
    if (tick == 0.0) {
      shown = energy;
    }
    const std::array values{Joules(shown)};
    series.read(values);
  }
  void pass(double seconds, double watts) {
    if (tick > 0.0) {
      const double edge = std::floor((now + seconds) / tick + 1e-9) * tick;
      if (edge > now + 1e-12) shown = energy + watts * (edge - now);
    }
    now += seconds;
    energy += watts * seconds;
  }
  void step(double seconds, double watts = 200, bool reads = true) {
    pass(seconds, watts);
    series.add(Seconds(now));
    if (reads) read();
  }
  void steps(int count, double seconds, double watts = 200) {
    for (int i = 0; i < count; ++i) step(seconds, watts);
  }

  StepSeries series;
  double tick;
  double now = 100;
  double energy = 0;
  double shown = 0;
};

TEST(StepSeries, nothing_measured_says_nothing) {
  const StepSeries series(1, {});
  const SeriesFigures figures = series.figures();
  EXPECT_EQ(figures.steps, 0);
  EXPECT_FALSE(figures.is_sure);
  EXPECT_EQ(series.steps_between_readings(), 1);
}

TEST(StepSeries, of_a_calm_job_is_sure_after_the_steps_that_are_asked_for) {
  Job job({.least_steps = 40});
  job.open();
  job.steps(39, 0.5);
  EXPECT_FALSE(job.series.figures().is_sure);
  job.steps(1, 0.5);
  const SeriesFigures figures = job.series.figures();
  EXPECT_TRUE(figures.is_sure);
  EXPECT_EQ(figures.counted, 40);
  EXPECT_NEAR(figures.time.value(), 0.5, 1e-12);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 100, 1e-9);
  EXPECT_FALSE(figures.drifts);
}

TEST(StepSeries, a_stall_is_left_out_of_time_and_energy) {
  Job job;
  job.open();
  job.steps(20, 0.5);
  job.step(5, 60);
  job.steps(20, 0.5);
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.steps, 41);
  EXPECT_EQ(figures.counted, 40);
  EXPECT_NEAR(figures.time.value(), 0.5, 1e-12);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 100, 1e-9);
}

TEST(StepSeries, after_another_power_a_piece_begins_a_tick_late) {
  // The counter shows what was drawn in a stall until its next tick. Without the wait the second
  // piece would begin with up to a tick of 20 W.
  Job job({}, 0.1);
  job.open();
  job.steps(20, 0.13);
  job.step(5.03, 20);
  job.steps(3, 0.13);
  const SeriesFigures figures = job.series.figures();
  const double exact = 200 * 0.13;
  // Two pieces of at most a tick's error, over 2.6 and 0.26 s.
  EXPECT_NEAR(figures.energies.at(0).energy.value(), exact, exact * 0.1 / 2.6);
}

TEST(StepSeries, whole_cycles_count_with_their_long_steps) {
  Job job({.least_steps = 20});
  job.open();
  for (int i = 0; i < 8; ++i) {
    job.steps(4, 0.2, 250);
    job.step(1.0, 100);
  }
  job.steps(3, 0.2, 250);  // of a cycle that isn't whole
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.cycle, 5);
  EXPECT_EQ(figures.counted, 40);
  EXPECT_NEAR(figures.time.value(), 1.8 / 5, 1e-12);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), (4 * 0.2 * 250 + 100) / 5, 1e-9);
  EXPECT_TRUE(figures.is_sure);
}

TEST(StepSeries, a_cycle_with_a_stall_is_left_out) {
  Job job;
  job.open();
  for (int i = 0; i < 10; ++i) {
    job.steps(3, 0.2);
    job.step(i == 5 ? 9.0 : 0.2, 200);
    job.step(1.0, 200);
  }
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.cycle, 5);
  EXPECT_EQ(figures.counted, 45);
  EXPECT_NEAR(figures.time.value(), 1.8 / 5, 1e-12);
}

TEST(StepSeries, epochs_that_hold_no_whole_cycle_count_all_the_same) {
  Job job;
  for (int step = 0; step < 80; ++step) {
    if (step % 4 == 0) job.open(step == 0);
    job.step(step % 5 == 2 ? 5.0 : 1.0);
  }
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.cycle, 0);
  EXPECT_EQ(figures.counted, 80);
  EXPECT_NEAR(figures.time.value(), (4 * 1.0 + 5.0) / 5, 1e-9);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 200 * 9.0 / 5, 1e-9);
}

TEST(StepSeries, many_long_steps_without_a_cycle_count_by_their_share) {
  Job job;
  job.open();
  const std::array long_ones{2, 3, 9, 20, 24, 25, 31, 44, 47, 58};  // of 60
  for (int i = 0; i < 60; ++i) {
    const bool is_long = std::ranges::find(long_ones, i) != long_ones.end();
    job.step(is_long ? 1.5 : 0.5);
  }
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.cycle, 0);
  EXPECT_TRUE(figures.long_steps.are_counted);
  EXPECT_NEAR(figures.long_steps.share, 1.0 / 6, 1e-12);
  EXPECT_NEAR(figures.long_steps.times, 3, 1e-9);
  EXPECT_NEAR(figures.time.value(), 0.5 * 5 / 6 + 1.5 / 6, 1e-9);
}

TEST(StepSeries, few_long_steps_do_not_count) {
  Job job;
  job.open();
  for (int i = 0; i < 60; ++i) job.step(i == 7 || i == 30 || i == 41 ? 1.5 : 0.5);
  const SeriesFigures figures = job.series.figures();
  EXPECT_FALSE(figures.long_steps.are_counted);
  EXPECT_NEAR(figures.long_steps.share, 0.05, 1e-12);
  EXPECT_NEAR(figures.time.value(), 0.5, 1e-12);
}

TEST(StepSeries, scatter_asks_for_more_steps_until_the_end) {
  Job job({.wanted_error = 0.01, .least_steps = 40, .most_steps = 160, .most_time = Seconds(30)});
  job.open();
  // A deviation of 30 %: 900 steps would be needed.
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  for (int i = 0; i < 160; ++i) {
    job.step(1 + 0.3 * std::sqrt(12.0) * (uniform(random) - 0.5));
    const SeriesFigures figures = job.series.figures();
    ASSERT_FALSE(figures.is_sure) << i;
    ASSERT_EQ(job.series.is_enough(figures), i == 159) << i;
    ASSERT_GT(job.series.next_look(figures), i + 1);
    ASSERT_LE(job.series.next_look(figures), 400);
  }
}

TEST(StepSeries, short_steps_are_measured_for_as_long_as_the_counter_needs) {
  Job job({.least_steps = 40}, 0.1);
  job.open();
  job.steps(40, 0.01);
  SeriesFigures figures = job.series.figures();
  EXPECT_FALSE(figures.is_sure) << "four ticks";
  const int next = job.series.next_look(figures);
  EXPECT_GT(next, 44);
  job.steps(500, 0.01);
  figures = job.series.figures();
  EXPECT_TRUE(figures.is_sure);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 2, 0.03);
}

TEST(StepSeries, reading_costs_a_hundredth_of_the_time_at_most) {
  StepSeries eight(8, {});
  eight.open(Seconds(0), true);
  eight.add(Seconds(0.05));
  // 8 x 0.3 ms are 1 % of 240 ms.
  EXPECT_EQ(eight.steps_between_readings(), 5);
  StepSeries one(1, {});
  one.open(Seconds(0), true);
  one.add(Seconds(0.05));
  EXPECT_EQ(one.steps_between_readings(), 1);
}

TEST(StepSeries, pieces_of_long_epochs_leave_out_what_is_between) {
  Job job;
  for (int epoch = 0; epoch < 4; ++epoch) {
    job.open(epoch == 0);
    job.steps(10, 0.5);
    job.pass(30, 70);
  }
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.counted, 40);
  EXPECT_NEAR(figures.time.value(), 0.5, 1e-12);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 100, 1e-9);
  EXPECT_EQ(figures.share_of_steps, 1);
}

TEST(StepSeries, epochs_shorter_than_ticks_are_read_as_a_whole) {
  Job job({.least_steps = 40}, 0.1);
  for (int epoch = 0; epoch < 500; ++epoch) {
    job.open(epoch == 0);
    job.step(0.01, 200, /*reads=*/false);
    job.pass(0.05, 100);
  }
  const SeriesFigures figures = job.series.figures();
  EXPECT_NEAR(figures.time.value(), 0.01, 1e-9);
  EXPECT_NEAR(figures.share_of_steps, 1.0 / 6, 1e-6);
  // The step's energy and what is between two of them.
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 2 + 5, 0.05);
  EXPECT_FALSE(figures.is_sure) << "0.2 % of all are 1.2 % of the steps'";
}

TEST(StepSeries, a_dropped_stretch_leaves_nothing_behind) {
  Job job;
  job.open();
  job.steps(10, 0.5);
  job.open(false);
  job.steps(3, 7, 20);
  job.series.drop_stretch();
  job.open(false);
  job.steps(10, 0.5);
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.steps, 20);
  EXPECT_NEAR(figures.time.value(), 0.5, 1e-12);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 100, 1e-9);
}

TEST(StepSeries, the_older_half_can_be_dropped) {
  Job job;
  job.open();
  for (int i = 0; i < 20; ++i) job.step(0.65 + 0.001 * (i % 2), 150);
  for (int i = 0; i < 20; ++i) job.step(0.5 + 0.001 * (i % 2), 200);
  EXPECT_TRUE(job.series.figures().drifts);
  job.series.drop_older_half();
  const SeriesFigures figures = job.series.figures();
  EXPECT_EQ(figures.steps, 20);
  EXPECT_FALSE(figures.drifts);
  EXPECT_NEAR(figures.time.value(), 0.5005, 1e-9);
  EXPECT_NEAR(figures.energies.at(0).energy.value(), 0.5005 * 200, 1e-6);
  job.steps(20, 0.5);
  EXPECT_EQ(job.series.figures().steps, 40);
}

RC_GTEST_PROP(StepSeries, whatever_is_measured_the_figures_are_within_it, ()) {
  Job job({}, *rc::gen::element(0.0, 0.02, 0.1));
  const int stretches = *rc::gen::inRange(1, 6);
  double least = 1e9;
  double most = 0;
  for (int stretch = 0; stretch < stretches; ++stretch) {
    job.open(*rc::gen::arbitrary<bool>());
    const auto times = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 3000));
    for (const int milliseconds : times) {
      job.step(milliseconds / 1000.0, *rc::gen::inRange(50, 300));
      least = std::min(least, milliseconds / 1000.0);
      most = std::max(most, milliseconds / 1000.0);
    }
    const auto what = *rc::gen::inRange(0, 4);
    if (what == 0) job.series.drop_stretch();
    if (what == 1) job.series.drop_older_half();
    if (what == 0 && stretch == 0) job.open(false);
    job.pass(*rc::gen::inRange(0, 3), 50);
  }
  const SeriesFigures figures = job.series.figures();
  RC_ASSERT(figures.counted <= figures.steps);
  if (figures.time > Seconds(0)) {
    RC_ASSERT(figures.time.value() >= least * (1 - 1e-9));
    RC_ASSERT(figures.time.value() <= most * (1 + 1e-9));
  }
  for (const EnergyOfStep& it : figures.energies) {
    RC_ASSERT(std::isfinite(it.energy.value()));
    RC_ASSERT(it.energy >= Joules(0));
    RC_ASSERT(it.error >= Joules(0));
  }
  RC_ASSERT(job.series.next_look(figures) > 0);
}

}  // namespace
}  // namespace zeus
