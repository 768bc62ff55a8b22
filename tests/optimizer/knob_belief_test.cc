// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The belief's updates against a dense computation of their own, and what must hold for any probes.
#include "zeus/optimizer/knob_belief.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace zeus::testing {
namespace {

constexpr std::size_t kPoints = 6;

double prior_mean(std::size_t i) { return 0.1 * static_cast<double>(i * i); }

double prior_covariance(std::size_t i, std::size_t j) {
  const double distance = static_cast<double>(i) - static_cast<double>(j);
  return 0.5 + std::exp(-distance * distance / 4) + (i == j ? 0.1 : 0.0);
}

GaussianCurve prior() {
  std::vector<double> mean;
  std::vector<double> covariance;
  for (std::size_t i = 0; i < kPoints; ++i) {
    mean.push_back(prior_mean(i));
    for (std::size_t j = 0; j < kPoints; ++j) covariance.push_back(prior_covariance(i, j));
  }
  return {mean, covariance};
}

struct Reading {
  std::size_t point;
  double value;
  double variance;
  double wander;  // before it
};

// Solves a x = b by elimination; a is small and positive definite.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t row = k + 1; row < n; ++row) {
      const double factor = a[row][k] / a[k][k];
      for (std::size_t column = k; column < n; ++column) a[row][column] -= factor * a[k][column];
      b[row] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t column = k + 1; column < n; ++column) b[k] -= a[k][column] * b[column];
    b[k] /= a[k][k];
  }
  return b;
}

// All readings at once: two readings share the wandering that came before the earlier one.
struct Dense {
  explicit Dense(const std::vector<Reading>& readings) : readings_(readings) {
    double wandered = 0;
    for (const Reading& reading : readings_) walked_.push_back(wandered += reading.wander);
    for (std::size_t a = 0; a < readings_.size(); ++a) {
      covariance_.emplace_back();
      for (std::size_t b = 0; b < readings_.size(); ++b) {
        covariance_[a].push_back(prior_covariance(readings_[a].point, readings_[b].point) +
                                 std::min(walked_[a], walked_[b]) +
                                 (a == b ? readings_[a].variance : 0.0));
      }
    }
  }
  [[nodiscard]] std::vector<double> with(std::size_t point) const {
    std::vector<double> result;
    result.reserve(readings_.size());
    for (const Reading& reading : readings_) {
      result.push_back(prior_covariance(reading.point, point));
    }
    return result;
  }
  [[nodiscard]] double mean(std::size_t point) const {
    std::vector<double> surprise;
    surprise.reserve(readings_.size());
    for (const Reading& reading : readings_) {
      surprise.push_back(reading.value - prior_mean(reading.point));
    }
    return prior_mean(point) + product(with(point), solve(covariance_, surprise));
  }
  [[nodiscard]] double covariance(std::size_t i, std::size_t j) const {
    return prior_covariance(i, j) - product(with(i), solve(covariance_, with(j)));
  }
  static double product(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
    return sum;
  }

  std::vector<Reading> readings_;
  std::vector<double> walked_;
  std::vector<std::vector<double>> covariance_;
};

rc::Gen<double> from_zero_to_one() {
  return rc::gen::map(rc::gen::inRange(0, 1001), [](int it) { return it / 1000.0; });
}

rc::Gen<std::vector<Reading>> readings(bool wanders) {
  const auto one = rc::gen::apply(
      [wanders](std::size_t point, double value, double variance, double wander) {
        return Reading{point, 4 * value - 2, 0.01 + variance, wanders ? 0.1 * wander : 0.0};
      },
      rc::gen::inRange<std::size_t>(0, kPoints), from_zero_to_one(), from_zero_to_one(),
      from_zero_to_one());
  return rc::gen::resize(12, rc::gen::nonEmpty(rc::gen::container<std::vector<Reading>>(one)));
}

GaussianCurve learned(const std::vector<Reading>& readings) {
  GaussianCurve curve = prior();
  for (const Reading& reading : readings) {
    curve.wander(reading.wander);
    curve.learn(reading.point, reading.value, reading.variance);
  }
  return curve;
}

void same(double a, double b) { RC_ASSERT(std::abs(a - b) < 1e-9); }

RC_GTEST_PROP(GaussianCurve, is_what_all_readings_at_once_give, ()) {
  const std::vector<Reading> all = *readings(/*wanders=*/true);
  const GaussianCurve curve = learned(all);
  const Dense dense(all);
  for (std::size_t i = 0; i < kPoints; ++i) {
    same(curve.mean(i), dense.mean(i));
    for (std::size_t j = 0; j < kPoints; ++j) same(curve.covariance(i, j), dense.covariance(i, j));
  }
}

RC_GTEST_PROP(GaussianCurve, does_not_depend_on_the_order_of_readings, ()) {
  std::vector<Reading> all = *readings(/*wanders=*/false);
  const GaussianCurve forwards = learned(all);
  std::ranges::reverse(all);
  const GaussianCurve backwards = learned(all);
  for (std::size_t i = 0; i < kPoints; ++i) {
    same(forwards.mean(i), backwards.mean(i));
    same(forwards.variance(i), backwards.variance(i));
  }
}

RC_GTEST_PROP(GaussianCurve, stays_positive_and_never_widens, ()) {
  const std::vector<Reading> all = *readings(/*wanders=*/true);
  GaussianCurve curve = prior();
  for (const Reading& reading : all) {
    const GaussianCurve before = curve;
    curve.wander(reading.wander);
    curve.learn(reading.point, reading.value, reading.variance);
    for (std::size_t i = 0; i < kPoints; ++i) {
      RC_ASSERT(curve.variance(i) <= before.variance(i) + 1e-12);
      RC_ASSERT(curve.variance(i) > 0.0);
      for (std::size_t j = 0; j < kPoints; ++j) {
        // Positive definite: no two points correlate by more than one.
        same(curve.covariance(i, j), curve.covariance(j, i));
        RC_ASSERT(curve.covariance(i, j) * curve.covariance(i, j) <=
                  curve.variance(i) * curve.variance(j) + 1e-12);
      }
    }
  }
}

TEST(GaussianCurve, a_precise_reading_is_believed) {
  GaussianCurve curve = prior();
  curve.learn(2, 7.0, 1e-9);
  EXPECT_NEAR(curve.mean(2), 7.0, 1e-6);
  EXPECT_NEAR(curve.variance(2), 0.0, 1e-8);
  EXPECT_GT(curve.mean(3), prior_mean(3));  // a neighbour follows
}

TEST(GaussianCurve, expects_a_likely_reading_more_than_a_strange_one) {
  GaussianCurve likely = prior();
  GaussianCurve strange = prior();
  EXPECT_GT(likely.learn(0, prior_mean(0), 0.1), strange.learn(0, 9.0, 0.1));
}

TEST(GaussianCurve, what_wanders_is_not_taken_for_the_curve) {
  GaussianCurve steady = prior();
  GaussianCurve wandering = prior();
  steady.learn(0, 0.0, 0.01);
  wandering.learn(0, 0.0, 0.01);
  wandering.wander(100.0);
  steady.learn(0, 1.0, 0.01);
  wandering.learn(0, 1.0, 0.01);
  EXPECT_GT(steady.mean(0), 0.4);
  EXPECT_LT(wandering.mean(0), 0.1);
}

struct KnobBeliefTest : ::testing::Test {
  std::vector<ProbeNoise> noises{{.between = 0.01, .drift = 0, .weight = 0.5},
                                 {.between = 0.3, .drift = 0, .weight = 0.5}};
  KnobBelief belief{prior(), prior(), noises};

  void learn(double time, double power) {
    belief.learn(
        {.index = 0, .time = time, .time_variance = 1e-6, .power = power, .power_variance = 1e-6});
  }
};

TEST_F(KnobBeliefTest, repeats_that_agree_speak_for_quiet_probes) {
  for (int i = 0; i < 4; ++i) learn(0.5, 0.2);
  EXPECT_LT(belief.between_probes(), 0.02);
}

TEST_F(KnobBeliefTest, repeats_that_differ_speak_for_noisy_probes) {
  learn(0.5, 0.2);
  learn(0.1, 0.4);
  learn(0.8, -0.1);
  EXPECT_NEAR(belief.between_probes(), 0.3, 0.01);
}

TEST_F(KnobBeliefTest, its_weights_add_up_and_its_moments_mix) {
  learn(0.5, 0.2);
  double sum = 0;
  for (const BeliefUnder& it : belief.hypotheses()) sum += it.noise.weight;
  EXPECT_NEAR(sum, 1.0, 1e-12);
  double which = 0;
  const BeliefMoments mixed = belief.over_hypotheses(
      [&](const BeliefUnder&) { return BeliefMoments{.mean = which++, .variance = 0}; });
  const double second = belief.hypotheses()[1].noise.weight;
  EXPECT_NEAR(mixed.mean, second, 1e-12);
  EXPECT_NEAR(mixed.variance, second * (1 - second), 1e-12);
}

}  // namespace
}  // namespace zeus::testing
