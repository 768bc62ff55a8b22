// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a probe makes of its steps' times and of energy readings at some of their beginnings: time
// and energy of a step, each with its +-, whether they are enough, and whether they drift. Pure: it
// is handed what was read.
//
// Steps come in stretches: within one, a step ends where the next begins. add() costs a few
// nanoseconds; figures() looks at everything and is for moments of decision.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "zeus/optimizer/probe_result.h"
#include "zeus/optimizer/step_statistics.h"
#include "zeus/units.h"

namespace zeus {

struct SeriesRules {
  // A step that is so far from the usual time is not like the others.
  double odd_factor = 1.5;
  double odd_deviations = 5.0;
  int longest_cycle = 32;  // 0: none is looked for
  // Long steps without a cycle count where they are surely more than this share of all. Else they
  // are stalls, or an evaluation that nobody told of, and left out.
  double long_share = 0.05;

  double wanted_error = 0.01;  // of time and energy of a step, one standard deviation
  int least_steps = 40;
  int most_steps = 160;  // measuring ends here, or at most_time where that is later
  Seconds most_time{30.0};

  Seconds counter_period{};  // the energy counter's tick
  // The standard error of a difference of two readings, in ticks: sqrt(1/6) at constant power, more
  // where power changes within a step.
  double tick_error = 0.62;
  double least_drift = 0.005;  // halves of the steps that differ by less are alike
};

struct EnergyOfStep {
  Joules energy{};
  Joules error{};  // one standard deviation
};

struct SeriesFigures {
  int steps = 0;         // all that were measured
  int counted = 0;       // those that the time is the mean of
  int cycle = 0;         // steps; 0: none
  Seconds time{};        // of a step
  Seconds time_error{};  // one standard deviation
  // Long steps without a cycle. Where they are counted, `time` is the mixture by their share here.
  LongSteps long_steps{};
  std::vector<EnergyOfStep> energies;  // one per GPU; none where no energy is known yet
  // The energy is that of whole epochs, with what is between them; of it the steps are this share.
  double share_of_steps = 1.0;
  bool drifts = false;   // the halves differ
  bool is_sure = false;  // as sure as wanted
};

class StepSeries {
 public:
  // Room for so many steps is made at once; more are no error.
  StepSeries(std::size_t gpus, const SeriesRules& rules, std::size_t expected_steps = 256);

  // A stretch of steps begins with one that begins now. `after_same`: what the GPU did before was
  // the same work at the same setting.
  void open(Seconds now, bool after_same);
  // The step under way has ended; the next one begins, or the stretch ends.
  void add(Seconds now) {
    const Seconds time = now - last_;
    times_.push_back(time.value());
    total_ += time;
    last_ = now;
  }
  // What the GPUs' counters show at the time of the last open() or add().
  void read(std::span<const Joules> shown);
  // Forgets the stretch that was opened last.
  void drop_stretch();
  // Forgets the older half of the steps.
  void drop_older_half();

  // Of the stretch that was opened last: whether it has no step, and when its last one began.
  [[nodiscard]] bool is_stretch_empty() const {
    return stretches_.back().first_step == times_.size();
  }
  [[nodiscard]] Seconds last_begin() const { return last_; }
  // The step that begins at the last reading.
  [[nodiscard]] int last_reading() const {
    return readings_.empty() ? -1 : static_cast<int>(readings_.back().step);
  }
  [[nodiscard]] int steps() const { return static_cast<int>(times_.size()); }
  // The time that these steps took.
  [[nodiscard]] Seconds time() const { return total_; }
  // The steps from one reading to the next, so that reading costs at most 1 % of the time where one
  // counter takes 0.3 ms.
  [[nodiscard]] int steps_between_readings() const;

  [[nodiscard]] SeriesFigures figures() const;
  // Whether no more is to be measured: the figures are sure, or the series is at its end.
  [[nodiscard]] bool is_enough(const SeriesFigures& figures) const;
  [[nodiscard]] bool is_at_end() const;
  // At which number of steps figures() is worth a next look.
  [[nodiscard]] int next_look(const SeriesFigures& figures) const;

 private:
  struct Reading {
    std::size_t step = 0;  // that it is at the beginning of
    Seconds time{};
  };
  struct Stretch {
    std::size_t first_step = 0;
    std::size_t first_reading = 0;
    Seconds opened{};
    bool after_same = false;
  };
  struct Power {
    std::vector<double> joules;  // one per GPU
    double seconds = 0.0;
    double error = 0.0;  // relative
  };

  // Which steps count, and what the time is the mean of.
  struct Counted {
    std::vector<bool> is_counted;
    std::vector<double> samples;  // times of steps, or means of cycles
  };

  [[nodiscard]] std::size_t end_of(std::size_t stretch) const;
  [[nodiscard]] Counted count_cycles(std::span<const StepKind> kinds, int cycle) const;
  [[nodiscard]] Counted count_steps(std::span<const StepKind> kinds) const;
  [[nodiscard]] bool long_steps_count(int long_steps) const;
  void add_time(SeriesFigures& figures, std::span<const StepKind> kinds,
                const Counted& counted) const;
  void add_energy(SeriesFigures& figures, const std::vector<bool>& is_counted) const;
  void add_piece(Power& power, std::size_t stretch, std::size_t first_step, std::size_t last_step,
                 int cycle, std::size_t& pieces) const;
  [[nodiscard]] Power power_of_runs(const std::vector<bool>& is_counted, int cycle) const;
  void add_energy_of_epochs(SeriesFigures& figures) const;
  [[nodiscard]] bool has_short_epochs() const;
  [[nodiscard]] bool is_sure(const SeriesFigures& figures) const;
  [[nodiscard]] double shown(std::size_t reading, std::size_t gpu) const {
    return shown_[reading * gpus_ + gpu];
  }

  std::size_t gpus_;
  SeriesRules rules_;
  Seconds last_{};
  Seconds total_{};
  std::vector<double> times_;  // s
  std::vector<Stretch> stretches_;
  std::size_t unbroken_from_ = 0;  // the stretch from which on no step is missing
  std::vector<Reading> readings_;
  std::vector<double> shown_;  // J, gpus_ per reading
};

}  // namespace zeus
