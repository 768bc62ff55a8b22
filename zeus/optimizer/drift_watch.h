// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the job has changed so much, since the best setting was chosen, that the search should
// start anew: its batch size, which the program reports, or the time of its steps or the power of
// its GPUs, which are watched while the choice is held. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zeus/units.h"

namespace zeus {

/// When a series of figures, about one a minute, has changed for good. Logarithms: 0.04 is 4 %.
struct ChangeRules {
  int ignored = 3;          // the first figures: clocks and temperatures settle
  int learned = 10;         // the next ones say what is usual …
  int refined = 30;         // … and so do those up to here, unless they are far off
  double least = 0.04;      // a smaller change is none …
  double deviations = 0.5;  // … nor is one of fewer standard deviations
  // What figures exceed that by adds up (CUSUM); a change is sure at so many standard deviations.
  double sure = 9.0;
  // No figure adds more than this share of it: one long minute is no change, nor are three.
  double most_of_one = 0.25;
  // Figures scatter at least by this, however alike those are that were seen.
  double least_deviation = 0.01;
};

/// A two-sided CUSUM over the logarithm of a figure, against what was usual at the beginning. Its
/// idea of the scatter grows and shrinks with the figures, also where each one resembles the one
/// before.
class LastingChange {
 public:
  explicit LastingChange(const ChangeRules& rules = {}) : rules_(rules) {}

  /// The next figure, > 0.
  void add(double figure);

  /// By what the last figures differ from what was usual, as ln(now / then), where that lasts.
  [[nodiscard]] std::optional<double> found() const;

 private:
  void learn(double value);
  [[nodiscard]] double deviation() const;
  [[nodiscard]] double slack() const;
  [[nodiscard]] double recent_difference() const;
  void watch(double difference);
  void adapt(double difference);

  ChangeRules rules_;
  int seen_ = 0;
  int counted_ = 0;            // figures in usual_; 0 while learning
  std::vector<double> first_;  // while learning
  double usual_ = 0.0;         // ln
  double scatter_ = 0.0;       // one figure's standard deviation
  double same_side_ = 0.0;     // how often a figure is on the side of the one before: -1 to 1
  double last_difference_ = 0.0;
  std::vector<double> recent_;  // the last few differences
  double above_ = 0.0;          // the sums
  double below_ = 0.0;
};

class DriftWatch {
 public:
  // The program's batch size from now on. Returns the one before where it was another.
  [[nodiscard]] std::optional<std::int64_t> note_batch_size(std::int64_t size) {
    const std::optional<std::int64_t> before = std::exchange(batch_size_, size);
    return before && *before != size ? before : std::nullopt;
  }

  /// What a minute at the held choice was like.
  void add_step_time(Seconds step) { step_time_.add(step.value()); }
  void add_power(Watts power) { power_.add(power.value()); }

  /// What has changed for good since learn_anew(), in words; nothing where nothing has.
  [[nodiscard]] std::optional<std::string> change() const;

  /// Another choice is held: what is usual is to be learned.
  void learn_anew() {
    step_time_ = LastingChange();
    power_ = LastingChange();
  }

 private:
  std::optional<std::int64_t> batch_size_;
  LastingChange step_time_;
  LastingChange power_;
};

}  // namespace zeus
