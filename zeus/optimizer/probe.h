// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One measurement of one setting: windows around training steps, which pauses cut into pieces,
// until they are enough: so many steps, or as many as make the figures sure. Knows no other
// setting, no search and no ranks; sets nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/knob.h"
#include "zeus/monitor/energy_reader.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/probe_result.h"
#include "zeus/optimizer/step_series.h"

namespace zeus {

// Number, mean and scatter of a series, in one pass. Sums are of what is above the first value, so
// that they don't cancel: a step costs two additions and no division.
class RunningScatter {
 public:
  void add(double value) {
    if (count_ == 0) first_ = value;
    const double above = value - first_;
    ++count_;
    sum_ += above;
    squares_ += above * above;
  }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] double mean() const { return count_ == 0 ? 0.0 : first_ + sum_ / count_; }
  // The standard deviation of one value; 0 for fewer than two.
  [[nodiscard]] double deviation() const;

 private:
  int count_ = 0;
  double first_ = 0.0;
  double sum_ = 0.0;
  double squares_ = 0.0;
};

// What a probe needs that is to go on until its figures are sure.
struct SureProbing {
  SeriesRules rules;
  std::vector<std::shared_ptr<EnergyReader>> readers;  // one per GPU that counts
  // The first of a search: where its steps drift the result says so, and it is repeated later.
  // Other probes drop their older half.
  bool is_reference = false;
};

class Probe {
 public:
  // `gpus`: the GPUs whose energy counts, by the framework's indices. `steps` >= 1 are wanted.
  // `sure`: at least those, and as many as it takes.
  Probe(const KnobSetting& setting, std::vector<VisibleGpu> gpus, int steps,
        std::optional<SureProbing> sure = std::nullopt);

  [[nodiscard]] const KnobSetting& setting() const { return setting_; }
  // Steps that are still to be measured, the one under way included; more where they turn out not
  // to be enough.
  [[nodiscard]] int steps_left() const { return steps_left_; }
  [[nodiscard]] bool is_open() const { return !window_.empty(); }
  // Whether nothing is measured so far.
  [[nodiscard]] bool is_untouched() const { return measured() == 0 && !is_open(); }
  // Steps that are measured.
  [[nodiscard]] int measured() const { return series_ ? series_->steps() : measured_; }
  // Whether the next step_begins() does nothing but count.
  [[nodiscard]] bool next_step_only_counts() const {
    return steps_left_ > 1 && (!series_ || series_->steps() + 1 < next_reading_);
  }

  // A step begins, and its measuring. Throws what the monitor throws.
  void open(ZeusMonitor& monitor);

  // A step begins within the open window. Returns whether it is the end of the last one wanted.
  // Throws what reading an energy throws, where figures are to be sure.
  bool step_begins(const Clock& clock) {
    if (series_) return add_step(clock.monotonic());
    note_step(clock.monotonic());
    return --steps_left_ == 0;
  }

  // Closes the window. `is_last_step_complete`: the step that began last has ended. Throws what the
  // monitor throws; the window is gone all the same.
  void close(ZeusMonitor& monitor, bool is_last_step_complete);

  // Drops the open window and the steps in it. Throws nothing.
  void drop(ZeusMonitor& monitor) noexcept;

  // Call it when steps_left() is 0 and the window is closed: whether what is measured says
  // something. Where an energy counter hasn't moved, as many steps again are wanted. Throws
  // ZeusBaseGPUError where that didn't help many times.
  [[nodiscard]] bool is_enough();

  // What makes the figures doubtful although the setting is what was set: the limit in force has
  // changed, or the GPUs draw more than it allows. Nothing where they can be trusted.
  [[nodiscard]] std::optional<std::string> doubt() const;

  // What was measured, for `steps` steps.
  [[nodiscard]] ProbeResult result() const;

 private:
  struct Counted {
    VisibleGpu visible;
    std::optional<Watts> enforced{};  // the limit in force when measuring began
    Joules energy{};
    double variance = 0.0;  // of that energy, J^2
  };

  void note_step(Seconds now) {
    step_times_.add((now - last_step_).value());
    last_step_ = now;
  }

  [[nodiscard]] std::optional<Watts> mean_draw(const Counted& gpu) const;
  bool add_step(Seconds now);
  void read_energies(Seconds now);
  void close_series(Seconds end, bool is_last_step_complete);
  bool look();
  void require_moved() const;
  [[nodiscard]] ProbeResult result_of_series() const;

  KnobSetting setting_;
  std::vector<Counted> gpus_;
  int wanted_;
  int steps_left_;
  int steps_at_open_ = 0;  // steps_left_ when the window was opened
  int measured_ = 0;
  int rounds_ = 0;
  Seconds time_;
  Seconds last_step_;
  RunningScatter step_times_;
  RunningScatter times_at_open_;  // step_times_ when the window was opened
  std::string window_;            // the open window's name; empty when none is

  // Where figures are to be sure.
  std::optional<SureProbing> sure_;
  std::optional<StepSeries> series_;
  std::vector<Joules> shown_;
  SeriesFigures figures_;  // as of the last look
  Seconds opened_;         // when the window was
  int next_reading_ = 0;   // at so many steps
  int next_look_ = 0;      // at so many steps
  int halvings_ = 0;
  bool is_done_ = false;
  bool was_interrupted_ = false;  // in between, the GPU did other things
};

}  // namespace zeus
