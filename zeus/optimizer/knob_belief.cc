// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/knob_belief.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace zeus {

GaussianCurve::GaussianCurve(std::vector<double> mean, std::span<const double> covariance)
    : size_(mean.size()), mean_(std::move(mean)), covariance_((size_ + 1) * (size_ + 1), 0.0) {
  mean_.push_back(0.0);
  for (std::size_t i = 0; i < size_; ++i) {
    std::copy_n(covariance.begin() + static_cast<std::ptrdiff_t>(i * size_), size_,
                covariance_.begin() + static_cast<std::ptrdiff_t>(i * (size_ + 1)));
  }
}

void GaussianCurve::shift(double by) {
  for (std::size_t i = 0; i < size_; ++i) mean_[i] += by;
}

void GaussianCurve::wander(double variance) { covariance_.back() += variance; }

double GaussianCurve::learn(std::size_t i, double value, double noise_variance) {
  const std::size_t all = size_ + 1;
  // The reading is point + offset + noise.
  std::vector<double> gain(all);
  for (std::size_t k = 0; k < all; ++k) {
    gain[k] = covariance_[i * all + k] + covariance_[size_ * all + k];
  }
  const double variance = gain[i] + gain[size_] + noise_variance;
  const double surprise = value - (mean_[i] + mean_[size_]);
  for (std::size_t k = 0; k < all; ++k) mean_[k] += gain[k] * surprise / variance;
  for (std::size_t row = 0; row < all; ++row) {
    const double scaled = gain[row] / variance;
    double* const entries = &covariance_[row * all];
    for (std::size_t k = 0; k < all; ++k) entries[k] -= scaled * gain[k];
  }
  return -0.5 * (surprise * surprise / variance + std::log(2 * std::numbers::pi * variance));
}

KnobBelief::KnobBelief(const GaussianCurve& time, const GaussianCurve& power,
                       std::span<const ProbeNoise> hypotheses) {
  hypotheses_.reserve(hypotheses.size());
  for (const ProbeNoise& noise : hypotheses) hypotheses_.push_back({noise, time, power});
}

void KnobBelief::learn(const KnobReading& reading) {
  std::vector<double> evidence;
  evidence.reserve(hypotheses_.size());
  for (BeliefUnder& belief : hypotheses_) {
    const double between = belief.noise.between * belief.noise.between;
    const double drift = belief.noise.drift * belief.noise.drift;
    belief.time.wander(drift);
    belief.power.wander(drift);
    evidence.push_back(
        belief.time.learn(reading.index, reading.time, reading.time_variance + between) +
        belief.power.learn(reading.index, reading.power, reading.power_variance + between));
  }
  const double best = *std::ranges::max_element(evidence);
  double total = 0;
  for (std::size_t k = 0; k < evidence.size(); ++k) {
    hypotheses_[k].noise.weight *= std::exp(evidence[k] - best);
    total += hypotheses_[k].noise.weight;
  }
  for (BeliefUnder& belief : hypotheses_) belief.noise.weight /= total;
}

double KnobBelief::between_probes() const {
  double variance = 0;
  for (const BeliefUnder& belief : hypotheses_) {
    variance += belief.noise.weight * belief.noise.between * belief.noise.between;
  }
  return std::sqrt(variance);
}

}  // namespace zeus
