// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_series.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace zeus {
namespace {

constexpr double kReadTime = 0.0003;     // s, of one counter
constexpr double kReadShare = 0.01;      // of the time may be spent reading
constexpr double kShortEpoch = 5.0;      // ticks of the counter
constexpr int kLeastCycles = 5;          // fewer say nothing of the scatter
constexpr std::size_t kLeastGroups = 4;  // of epochs, for the scatter of their energy

double as_double(std::size_t count) { return static_cast<double>(count); }

}  // namespace

StepSeries::StepSeries(std::size_t gpus, const SeriesRules& rules, std::size_t expected_steps)
    : gpus_(gpus), rules_(rules) {
  times_.reserve(expected_steps);
  readings_.reserve(expected_steps);
  shown_.reserve(expected_steps * gpus);
  stretches_.reserve(16);
}

// --- what is measured --------------------------------------------------------------------------

void StepSeries::open(Seconds now, bool after_same) {
  stretches_.push_back({.first_step = times_.size(),
                        .first_reading = readings_.size(),
                        .opened = now,
                        .after_same = after_same});
  last_ = now;
}

void StepSeries::read(std::span<const Joules> shown) {
  readings_.push_back({.step = times_.size(), .time = last_});
  for (const Joules energy : shown) shown_.push_back(energy.value());
}

void StepSeries::drop_stretch() {
  const Stretch& last = stretches_.back();
  times_.resize(last.first_step);
  total_ = Seconds(std::accumulate(times_.begin(), times_.end(), 0.0));
  readings_.resize(last.first_reading);
  shown_.resize(last.first_reading * gpus_);
  stretches_.pop_back();
  unbroken_from_ = stretches_.size();
}

void StepSeries::drop_older_half() {
  const std::size_t cut = times_.size() / 2;
  std::size_t stretch = 0;
  while (stretch + 1 < stretches_.size() && stretches_[stretch + 1].first_step <= cut) ++stretch;
  Stretch& kept = stretches_[stretch];
  kept.opened +=
      Seconds(std::accumulate(times_.begin() + static_cast<std::ptrdiff_t>(kept.first_step),
                              times_.begin() + static_cast<std::ptrdiff_t>(cut), 0.0));
  kept.after_same = kept.after_same || kept.first_step < cut;
  kept.first_step = cut;
  const auto reading = static_cast<std::size_t>(
      std::ranges::find_if(readings_, [cut](const Reading& it) { return it.step >= cut; }) -
      readings_.begin());
  stretches_.erase(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(stretch));
  times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(cut));
  total_ = Seconds(std::accumulate(times_.begin(), times_.end(), 0.0));
  readings_.erase(readings_.begin(), readings_.begin() + static_cast<std::ptrdiff_t>(reading));
  shown_.erase(shown_.begin(), shown_.begin() + static_cast<std::ptrdiff_t>(reading * gpus_));
  for (Stretch& it : stretches_) {
    it.first_step -= cut;
    it.first_reading -= std::min(reading, it.first_reading);
  }
  for (Reading& it : readings_) it.step -= cut;
  unbroken_from_ -= std::min(stretch, unbroken_from_);
}

int StepSeries::steps_between_readings() const {
  const double cost = kReadTime * as_double(gpus_) / kReadShare;
  if (times_.empty()) return 1;
  const double step = time().value() / as_double(times_.size());
  return step > 0.0 ? std::max(1, static_cast<int>(std::ceil(cost / step))) : 1;
}

std::size_t StepSeries::end_of(std::size_t stretch) const {
  return stretch + 1 < stretches_.size() ? stretches_[stretch + 1].first_step : times_.size();
}

// --- what it says ------------------------------------------------------------------------------

bool StepSeries::long_steps_count(int long_steps) const {
  const double sure = long_steps - 2.0 * std::sqrt(long_steps);
  return sure > rules_.long_share * as_double(times_.size());
}

// Whole cycles, each of which has one long step, at the place of the others.
StepSeries::Counted StepSeries::count_cycles(std::span<const StepKind> kinds, int cycle) const {
  const auto length = static_cast<std::size_t>(cycle);
  std::vector<double> long_times;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == StepKind::kLong) long_times.push_back(times_[i]);
  }
  const double too_long = rules_.odd_factor * median(long_times);
  Counted counted{.is_counted = std::vector<bool>(times_.size(), false), .samples = {}};
  for (std::size_t stretch = 0; stretch < stretches_.size(); ++stretch) {
    const std::size_t end = end_of(stretch);
    std::size_t at = stretches_[stretch].first_step;
    while (at + length <= end) {
      const auto steps = kinds.subspan(at, length);
      const bool is_usual = std::ranges::count(steps, StepKind::kLong) == 1 &&
                            std::ranges::count(steps, StepKind::kShort) == 0 &&
                            std::all_of(times_.begin() + static_cast<std::ptrdiff_t>(at),
                                        times_.begin() + static_cast<std::ptrdiff_t>(at + length),
                                        [too_long](double time) { return time <= too_long; });
      if (is_usual) {
        double sum = 0.0;
        for (std::size_t i = at; i < at + length; ++i) {
          counted.is_counted[i] = true;
          sum += times_[i];
        }
        counted.samples.push_back(sum / cycle);
      }
      at += length;
    }
  }
  return counted;
}

StepSeries::Counted StepSeries::count_steps(std::span<const StepKind> kinds) const {
  const auto long_steps = static_cast<int>(std::ranges::count(kinds, StepKind::kLong));
  const bool with_long = long_steps_count(long_steps);
  Counted counted{.is_counted = std::vector<bool>(times_.size(), false), .samples = {}};
  for (std::size_t i = 0; i < times_.size(); ++i) {
    const bool is_normal = kinds[i] == StepKind::kNormal;
    counted.is_counted[i] = is_normal || (with_long && kinds[i] == StepKind::kLong);
    if (is_normal) counted.samples.push_back(times_[i]);
  }
  return counted;
}

void StepSeries::add_time(SeriesFigures& figures, std::span<const StepKind> kinds,
                          const Counted& counted) const {
  const MeanAndError normal = mean_and_error(counted.samples);
  figures.time = Seconds(normal.mean);
  figures.time_error = Seconds(normal.error);
  if (figures.cycle != 0) return;
  std::vector<double> times;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == StepKind::kLong) times.push_back(times_[i]);
  }
  if (times.empty()) return;
  const MeanAndError slow = mean_and_error(times);
  const double share = as_double(times.size()) / as_double(counted.samples.size() + times.size());
  figures.long_steps = {.share = share,
                        .times = slow.mean / normal.mean,
                        .are_counted = long_steps_count(static_cast<int>(times.size()))};
  if (!figures.long_steps.are_counted) return;
  figures.time = Seconds((1.0 - share) * normal.mean + share * slow.mean);
  // The share's own error is the same at all settings, once it is that of all of them.
  figures.time_error = Seconds(std::hypot((1.0 - share) * normal.error, share * slow.error));
}

// The energy between two readings within [first_step, last_step) of a stretch.
void StepSeries::add_piece(Power& power, std::size_t stretch, std::size_t first_step,
                           std::size_t last_step, int cycle, std::size_t& pieces) const {
  const Stretch& it = stretches_[stretch];
  double start = it.opened.value();
  for (std::size_t i = it.first_step; i < first_step; ++i) start += times_[i];
  // The counter still shows what was drawn before, for a tick.
  const bool is_after_same = it.after_same && first_step == it.first_step;
  if (!is_after_same) start += rules_.counter_period.value();
  constexpr double kRounding = 1e-9;
  std::size_t begin = it.first_reading;
  while (begin < readings_.size() && (readings_[begin].step < first_step ||
                                      readings_[begin].time.value() < start - kRounding)) {
    ++begin;
  }
  // The next stretch's first reading is at the same step, after what is between the two.
  std::size_t end =
      stretch + 1 < stretches_.size() ? stretches_[stretch + 1].first_reading : readings_.size();
  while (end > begin && readings_[end - 1].step > last_step) --end;
  if (end <= begin + 1) return;
  --end;
  const auto length = static_cast<std::size_t>(std::max(1, cycle));
  while (end > begin && (readings_[end].step - readings_[begin].step) % length != 0) --end;
  if (end == begin) return;
  power.seconds += (readings_[end].time - readings_[begin].time).value();
  for (std::size_t gpu = 0; gpu < gpus_; ++gpu) {
    power.joules[gpu] += shown(end, gpu) - shown(begin, gpu);
  }
  ++pieces;
}

StepSeries::Power StepSeries::power_of_runs(const std::vector<bool>& is_counted, int cycle) const {
  Power power{.joules = std::vector<double>(gpus_, 0.0)};
  std::size_t pieces = 0;
  for (std::size_t stretch = 0; stretch < stretches_.size(); ++stretch) {
    const std::size_t end = end_of(stretch);
    std::size_t at = stretches_[stretch].first_step;
    while (at < end) {
      std::size_t after = at;
      while (after < end && is_counted[after]) ++after;
      if (after > at) add_piece(power, stretch, at, after, cycle, pieces);
      at = after + 1;
    }
  }
  if (power.seconds > 0.0) {
    power.error = rules_.tick_error * rules_.counter_period.value() * std::sqrt(as_double(pieces)) /
                  power.seconds;
  }
  return power;
}

bool StepSeries::has_short_epochs() const {
  if (stretches_.size() < unbroken_from_ + 3) return false;
  const std::size_t first = stretches_[unbroken_from_].first_step;
  const std::size_t last = stretches_.back().first_step;
  const double sum = std::accumulate(times_.begin() + static_cast<std::ptrdiff_t>(first),
                                     times_.begin() + static_cast<std::ptrdiff_t>(last), 0.0);
  const double epoch = sum / as_double(stretches_.size() - 1 - unbroken_from_);
  return epoch < kShortEpoch * rules_.counter_period.value();
}

// Over whole epochs, from the first reading to that at the beginning of the last epoch.
void StepSeries::add_energy_of_epochs(SeriesFigures& figures) const {
  const auto is_first = [this](std::size_t stretch) {
    const std::size_t reading = stretches_[stretch].first_reading;
    return reading < readings_.size() && readings_[reading].step == stretches_[stretch].first_step;
  };
  std::vector<std::size_t> edges;  // stretches, at least kShortEpoch ticks apart
  for (std::size_t i = unbroken_from_; i < stretches_.size(); ++i) {
    if (!is_first(i)) continue;
    const double least = kShortEpoch * rules_.counter_period.value();
    if (edges.empty() ||
        (stretches_[i].opened - stretches_[edges.back()].opened).value() >= least) {
      edges.push_back(i);
    }
  }
  if (edges.size() < 2) return;
  const Stretch& first = stretches_[edges.front()];
  const Stretch& last = stretches_[edges.back()];
  const double steps = as_double(last.first_step - first.first_step);
  const double span = (last.opened - first.opened).value();
  const double in_steps =
      std::accumulate(times_.begin() + static_cast<std::ptrdiff_t>(first.first_step),
                      times_.begin() + static_cast<std::ptrdiff_t>(last.first_step), 0.0);
  figures.share_of_steps = in_steps / span;
  for (std::size_t gpu = 0; gpu < gpus_; ++gpu) {
    const double all = shown(last.first_reading, gpu) - shown(first.first_reading, gpu);
    double error = rules_.tick_error * rules_.counter_period.value() / span * all / steps;
    std::vector<double> groups;
    for (std::size_t i = 1; i < edges.size(); ++i) {
      const Stretch& from = stretches_[edges[i - 1]];
      const Stretch& to = stretches_[edges[i]];
      groups.push_back((shown(to.first_reading, gpu) - shown(from.first_reading, gpu)) /
                       as_double(to.first_step - from.first_step));
    }
    if (groups.size() >= kLeastGroups) error = std::max(error, mean_and_error(groups).error);
    figures.energies.push_back({.energy = Joules(all / steps), .error = Joules(error)});
  }
}

void StepSeries::add_energy(SeriesFigures& figures, const std::vector<bool>& is_counted) const {
  if (has_short_epochs()) {
    add_energy_of_epochs(figures);
    return;
  }
  const Power power = power_of_runs(is_counted, figures.cycle);
  if (power.seconds <= 0.0) return;
  const double time_error = figures.time_error / figures.time;
  for (const double joules : power.joules) {
    const Joules energy = Watts(joules / power.seconds) * figures.time;
    figures.energies.push_back(
        {.energy = energy, .error = energy * std::hypot(power.error, time_error)});
  }
}

bool StepSeries::is_sure(const SeriesFigures& figures) const {
  if (figures.energies.size() != gpus_ || steps() < rules_.least_steps) return false;
  if (figures.cycle > 0 && figures.counted < kLeastCycles * figures.cycle) return false;
  if (figures.time_error > rules_.wanted_error * figures.time) return false;
  const double wanted = rules_.wanted_error * figures.share_of_steps;
  return std::ranges::all_of(figures.energies, [wanted](const EnergyOfStep& it) {
    // A power that is known to 1 % and a time that is known to 1 % are enough.
    return it.energy > Joules(0) && it.error <= std::sqrt(2.0) * wanted * it.energy;
  });
}

SeriesFigures StepSeries::figures() const {
  SeriesFigures figures;
  figures.steps = steps();
  if (times_.empty()) return figures;
  const std::vector<StepKind> kinds =
      classify_steps(times_, rules_.odd_factor, rules_.odd_deviations);
  figures.cycle = find_cycle(kinds, rules_.longest_cycle);
  Counted counted = figures.cycle > 0 ? count_cycles(kinds, figures.cycle) : count_steps(kinds);
  const auto count = [&counted] {
    return static_cast<int>(std::ranges::count(counted.is_counted, true));
  };
  // Long steps that came so by chance, or epochs that hold no whole cycle.
  if (figures.cycle > 0 && 2 * count() < figures.steps) {
    figures.cycle = 0;
    counted = count_steps(kinds);
  }
  figures.counted = count();
  if (counted.samples.empty()) return figures;
  add_time(figures, kinds, counted);
  add_energy(figures, counted.is_counted);
  figures.drifts = halves_differ(counted.samples, rules_.least_drift);
  figures.is_sure = is_sure(figures);
  return figures;
}

bool StepSeries::is_at_end() const {
  return steps() >= rules_.most_steps && time() >= rules_.most_time;
}

bool StepSeries::is_enough(const SeriesFigures& figures) const {
  return figures.is_sure || is_at_end();
}

int StepSeries::next_look(const SeriesFigures& figures) const {
  const int now = steps();
  if (now < rules_.least_steps) return rules_.least_steps;
  double times = 1.0;
  if (figures.time > Seconds(0)) {
    times = std::pow(figures.time_error / (rules_.wanted_error * figures.time), 2);
  }
  for (const EnergyOfStep& it : figures.energies) {
    if (it.energy <= Joules(0)) continue;
    const double wanted = std::sqrt(2.0) * rules_.wanted_error * figures.share_of_steps;
    times = std::max(times, it.error / (wanted * it.energy));
  }
  const double least = now + std::max(4.0, now / 8.0);
  const int next = static_cast<int>(std::clamp(std::ceil(now * times), least, 2.0 * now + 4.0));
  if (now < rules_.most_steps) return std::min(next, rules_.most_steps);
  const double at_end = rules_.most_time / (time() / now);
  return at_end > now ? std::min(next, static_cast<int>(std::ceil(at_end))) : next;
}

}  // namespace zeus
