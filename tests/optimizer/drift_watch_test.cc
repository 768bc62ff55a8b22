// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/drift_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

namespace zeus::testing {
namespace {

// Minutes of a job, as ratios to its usual step time: figures scatter, each resembles the one
// before, one in fifty is stalled, and an evaluation makes each thirtieth longer.
class Minutes {
 public:
  Minutes(unsigned seed, double scatter, double correlation)
      : random_(seed), scatter_(scatter), correlation_(correlation) {}

  double next() {
    const double fresh = std::sqrt(1 - correlation_ * correlation_) * normal_(random_);
    noise_ = correlation_ * noise_ + fresh;
    double logarithm = scatter_ * noise_;
    if (uniform_(random_) < 0.02) logarithm += 0.3 + 2 * uniform_(random_);
    if (++count_ % 30 == 0) logarithm += 0.4;
    return std::exp(logarithm);
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  double scatter_;
  double correlation_;
  double noise_ = 0;
  int count_ = 0;
};

// The minute in which it is found that figures are `times` as high from minute 60 on.
int minutes_to_find(unsigned seed, double scatter, double times) {
  LastingChange change;
  Minutes minutes(seed, scatter, 0.3);
  for (int i = 0; i < 60; ++i) change.add(0.2 * minutes.next());
  EXPECT_FALSE(change.found());
  for (int i = 1; i <= 100; ++i) {
    change.add(0.2 * times * minutes.next());
    if (change.found()) return i;
  }
  return 1000;
}

TEST(LastingChange, raises_no_false_alarm_in_10000_minutes) {
  struct Job {
    double scatter;
    double correlation;
  };
  for (const Job job : {Job{0.03, 0}, Job{0.03, 0.3}, Job{0.01, 0.7}, Job{0.001, 0}}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      LastingChange change;
      Minutes minutes(seed, job.scatter, job.correlation);
      for (int i = 0; i < 10000; ++i) {
        change.add(0.2 * minutes.next());
        ASSERT_FALSE(change.found()) << job.scatter << " " << job.correlation << " minute " << i;
      }
    }
  }
}

TEST(LastingChange, finds_ten_percent_in_minutes_in_both_directions) {
  for (const double times : {1.1, 1 / 1.1}) {
    std::vector<int> found;
    for (unsigned seed = 1; seed <= 21; ++seed) {
      EXPECT_LE(minutes_to_find(seed, 0.005, times), 8) << times;
      found.push_back(minutes_to_find(seed, 0.03, times));
    }
    std::ranges::sort(found);
    EXPECT_LE(found[10], 10) << times << ": the median, at 3 % scatter";
    EXPECT_LE(found[20], 40) << times;
  }
}

TEST(LastingChange, says_how_much) {
  LastingChange change;
  for (int i = 0; i < 40; ++i) change.add(2.0);
  for (int i = 0; i < 4; ++i) change.add(2.5);
  ASSERT_TRUE(change.found());
  EXPECT_NEAR(*change.found(), std::log(1.25), 1e-9);
}

TEST(LastingChange, is_no_stall_however_long) {
  for (const int stalled : {1, 2, 3}) {
    LastingChange change;
    for (int i = 0; i < 40; ++i) change.add(2.0);
    for (int i = 0; i < stalled; ++i) {
      change.add(2000.0);
      EXPECT_FALSE(change.found()) << stalled;
    }
    for (int i = 0; i < 40; ++i) {
      change.add(2.0);
      EXPECT_FALSE(change.found()) << stalled;
    }
  }
}

TEST(LastingChange, is_over_when_figures_are_what_they_were) {
  LastingChange change;
  for (int i = 0; i < 40; ++i) change.add(2.0);
  for (int i = 0; i < 30; ++i) change.add(3.0);
  EXPECT_TRUE(change.found());
  for (int i = 0; i < 6; ++i) change.add(2.0);
  EXPECT_FALSE(change.found());
}

TEST(LastingChange, of_less_than_four_percent_is_none) {
  for (const double times : {1.035, 1 / 1.035}) {
    LastingChange change;
    Minutes minutes(7, 0.005, 0.3);
    for (int i = 0; i < 3000; ++i) {
      change.add((i < 60 ? 1.0 : times) * minutes.next());
      ASSERT_FALSE(change.found()) << i;
    }
  }
}

// Clocks fall while a GPU gets warm: 6 % in all, most of it in ten minutes.
TEST(LastingChange, is_not_a_gpu_that_gets_warm) {
  LastingChange change;
  Minutes minutes(3, 0.01, 0.3);
  for (int i = 0; i < 1000; ++i) {
    change.add((1 - 0.06 * std::exp(-i / 10.0)) * minutes.next());
    ASSERT_FALSE(change.found()) << i;
  }
}

TEST(DriftWatch, says_what_has_changed) {
  struct Change {
    double step;
    double power;
    const char* words;
  };
  for (const Change it :
       {Change{1.12, 1, "Steps take 12 % longer than when the power limit was chosen"},
        Change{0.88, 1, "Steps take 12 % less time than when the power limit was chosen"},
        Change{1, 1.2, "The GPUs draw 20 % more power than when the power limit was chosen"},
        Change{1, 0.7, "The GPUs draw 30 % less power than when the power limit was chosen"}}) {
    DriftWatch watch;
    for (int i = 0; i < 40; ++i) {
      watch.add_step_time(Seconds(0.5));
      watch.add_power(Watts(200));
    }
    EXPECT_FALSE(watch.change());
    for (int i = 0; i < 10; ++i) {
      watch.add_step_time(Seconds(0.5 * it.step));
      watch.add_power(Watts(200 * it.power));
    }
    EXPECT_EQ(watch.change(), it.words);
    watch.learn_anew();
    EXPECT_FALSE(watch.change());
    for (int i = 0; i < 40; ++i) watch.add_step_time(Seconds(0.9));
    EXPECT_FALSE(watch.change()) << "that is usual now";
  }
}

TEST(DriftWatch, a_batch_size_is_another_where_it_differs_from_the_one_before) {
  DriftWatch watch;
  EXPECT_FALSE(watch.note_batch_size(8));
  EXPECT_FALSE(watch.note_batch_size(8));
  EXPECT_EQ(watch.note_batch_size(4), 8);
}

}  // namespace
}  // namespace zeus::testing
