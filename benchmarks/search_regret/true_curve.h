// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a job does at each power limit, without any noise: mean time and power of a step. This is
// the truth that a search is judged by.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace zeus::search_regret {

struct CurvePoint {
  double limit = 0.0;  // W
  double time = 0.0;
  double power = 0.0;  // W
};

struct TrueCurve {
  std::string card;
  std::string job;
  double floor = 0.0;    // W, the lowest limit
  double ceiling = 0.0;  // W, the highest limit, which is the one in force before the search
  // At floor, floor + 1, … ceiling watts.
  std::vector<double> times;   // of a step, relative to the ceiling's
  std::vector<double> powers;  // W

  [[nodiscard]] double time(double limit) const { return at(times, limit); }
  [[nodiscard]] double power(double limit) const { return at(powers, limit); }

 private:
  [[nodiscard]] double at(const std::vector<double>& values, double limit) const;
};

// Monotone cubic (Fritsch and Carlson) between the points.
[[nodiscard]] TrueCurve curve_through(std::string card, std::string job,
                                      std::vector<CurvePoint> points);

// The complete curves of summary_power_v100.csv and summary_power_rtx6000.csv in `folder`. Throws
// std::runtime_error where a file can't be read.
[[nodiscard]] std::vector<TrueCurve> measured_curves(const std::filesystem::path& folder);

// The curve as a GPU may be: a higher limit makes no step slower and lets it draw no less. Where
// the table says otherwise that is noise, for each of its points was measured once.
[[nodiscard]] TrueCurve smoothed(TrueCurve curve);

// Jobs of a GPU of 200 to 700 W by a parametric model. An extrapolation: no such GPU was measured.
[[nodiscard]] std::vector<TrueCurve> modelled_curves();

// Jobs and GPUs whose parameters are drawn at random, from wide ranges. Every second one as a table
// would have it, of few points with noise. The same each time.
[[nodiscard]] std::vector<TrueCurve> random_curves(int count);

}  // namespace zeus::search_regret
