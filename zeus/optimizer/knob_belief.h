// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a search believes about every power limit after a few probes: step time and power over all
// limits are jointly Gaussian in their logarithms. The prior knows how GPUs behave under a limit
// (knob_prior.h); each probe is one rank-1 update per curve. How much probes scatter and drift is
// not known beforehand: a few hypotheses are carried along and weighed by how well they predicted
// the probes. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace zeus {

/// A Gaussian belief about one curve over a grid, and about an offset common to all readings that
/// wanders from one reading to the next.
class GaussianCurve {
 public:
  /// `covariance`: of the curve's points, row by row; its size is the square of the mean's.
  GaussianCurve(std::vector<double> mean, std::span<const double> covariance);

  /// Adds `by` to the mean of every point.
  void shift(double by);

  /// The offset may have wandered: its variance grows.
  void wander(double variance);

  /// A reading of point `i` with independent noise of this variance (> 0). Returns the logarithm of
  /// the density with which the reading was expected.
  double learn(std::size_t i, double value, double noise_variance);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] double mean(std::size_t i) const { return mean_[i]; }
  [[nodiscard]] double covariance(std::size_t i, std::size_t j) const {
    return covariance_[i * (size_ + 1) + j];
  }
  [[nodiscard]] double variance(std::size_t i) const { return covariance(i, i); }

  /// Of a reading of point `i`, its own noise apart: its covariance with point `j`, its variance.
  [[nodiscard]] double reading_covariance(std::size_t i, std::size_t j) const {
    return covariance(i, j) + covariance(size_, j);
  }
  [[nodiscard]] double reading_variance(std::size_t i) const {
    return reading_covariance(i, i) + reading_covariance(i, size_);
  }

 private:
  std::size_t size_;
  std::vector<double> mean_;        // the offset is the last
  std::vector<double> covariance_;  // of points and offset, row by row
};

/// How probes might scatter: standard deviations, relative.
struct ProbeNoise {
  double between = 0;  // from one probe to the next, beyond what the probe says of itself
  double drift = 0;    // of a random walk, per probe
  double weight = 1;   // how likely that is
};

/// The curves under one hypothesis about the noise.
struct BeliefUnder {
  ProbeNoise noise;  // its weight is that after the probes; the weights of all add up to 1
  GaussianCurve time;
  GaussianCurve power;
};

/// A probe as the belief takes it: logarithms, and the variances that the probe states of itself.
struct KnobReading {
  std::size_t index = 0;  // into the grid
  double time = 0;
  double time_variance = 0;
  double power = 0;
  double power_variance = 0;
};

/// Mean and variance of a quantity, over all hypotheses.
struct BeliefMoments {
  double mean = 0;
  double variance = 0;
};

class KnobBelief {
 public:
  KnobBelief(const GaussianCurve& time, const GaussianCurve& power,
             std::span<const ProbeNoise> hypotheses);

  void learn(const KnobReading& reading);

  [[nodiscard]] const std::vector<BeliefUnder>& hypotheses() const { return hypotheses_; }

  /// What is expected of a quantity `moments(belief)`, which is Gaussian under each hypothesis.
  template <class Moments>
  [[nodiscard]] BeliefMoments over_hypotheses(Moments moments) const {
    double mean = 0;
    double square = 0;
    for (const BeliefUnder& belief : hypotheses_) {
      const BeliefMoments it = moments(belief);
      mean += belief.noise.weight * it.mean;
      square += belief.noise.weight * (it.variance + it.mean * it.mean);
    }
    return {.mean = mean, .variance = square > mean * mean ? square - mean * mean : 0.0};
  }

  /// How far probes of one setting scatter, in the mean over the hypotheses.
  [[nodiscard]] double between_probes() const;

 private:
  std::vector<BeliefUnder> hypotheses_;
};

}  // namespace zeus
