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

// The complete curves of summary_power_v100.csv and summary_power_rtx6000.csv in `folder`, monotone
// cubic (Fritsch and Carlson) between the measured points. Throws std::runtime_error where a file
// can't be read.
[[nodiscard]] std::vector<TrueCurve> measured_curves(const std::filesystem::path& folder);

// Jobs of a GPU of 200 to 700 W by a parametric model. An extrapolation: no such GPU was measured.
[[nodiscard]] std::vector<TrueCurve> modelled_curves();

}  // namespace zeus::search_regret
