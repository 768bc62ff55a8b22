// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/pooled_results.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

#include "zeus/optimizer/search_goal.h"

namespace zeus {
namespace {

// One probe: ln(time), ln(mean power), and the variance of the former as far as it knows.
struct Reading {
  KnobSetting setting;
  double time = 0.0;
  double power = 0.0;
  double variance = 0.0;
};

// Whether the probe found fewer long steps than chance allows: at its setting they are not long
// enough to be told from the others, and counted with them.
bool are_hidden(const ProbeResult& result, double share) {
  const double expected = share * result.steps;
  return result.long_steps.share * result.steps <= expected - 2.0 * std::sqrt(expected);
}

// The job's share of long steps, and how much longer they are, by the probes in which they aren't
// hidden if their share is about `share`.
LongSteps long_steps_of_job(std::span<const ProbeResult> history, double least_share,
                            double share) {
  double long_steps = 0.0;
  double steps = 0.0;
  double times = 0.0;
  for (const ProbeResult& result : history) {
    if (share > 0.0 && are_hidden(result, share)) continue;
    const double here = result.long_steps.share * result.steps;
    long_steps += here;
    steps += result.steps;
    times += here * result.long_steps.times;
  }
  if (long_steps == 0.0) return {};
  return {.share = long_steps / steps,
          .times = times / long_steps,
          .are_counted = long_steps - 2.0 * std::sqrt(long_steps) > least_share * steps};
}

LongSteps long_steps_of_job(std::span<const ProbeResult> history, double least_share) {
  const LongSteps all = long_steps_of_job(history, least_share, 0.0);
  const LongSteps of_most = long_steps_of_job(history, least_share, all.share);
  return long_steps_of_job(history, least_share, of_most.share);
}

// The time over that of normal steps alone.
double lengthening(double share, double times) { return 1.0 + share * (times - 1.0); }

double time_of(const ProbeResult& result, const LongSteps& job, const PoolingRules& rules) {
  const double time = result.time.value();
  if (!rules.pools_long_share) return time;
  const LongSteps& own = result.long_steps;
  const double normal = own.are_counted ? time / lengthening(own.share, own.times) : time;
  if (!job.are_counted || are_hidden(result, job.share)) return job.are_counted ? time : normal;
  return normal * lengthening(job.share, own.times > 0.0 ? own.times : job.times);
}

bool has_steady(std::span<const ProbeResult> history, const KnobSetting& setting) {
  return std::ranges::any_of(
      history, [&setting](const ProbeResult& it) { return it.setting == setting && !it.drifts; });
}

std::vector<Reading> readings_of(std::span<const ProbeResult> history, const PoolingRules& rules) {
  const LongSteps job = long_steps_of_job(history, rules.long_share);
  std::vector<Reading> readings;
  readings.reserve(history.size());
  for (const ProbeResult& it : history) {
    if (rules.leaves_out_drifting && it.drifts && has_steady(history, it.setting)) continue;
    const double error = it.time_error / it.time;
    readings.push_back({.setting = it.setting,
                        .time = std::log(time_of(it, job, rules)),
                        .power = std::log((it.energy / it.time).value()),
                        .variance = error * error});
  }
  return readings;
}

}  // namespace

const PooledPoint* PooledResults::find(const KnobSetting& setting) const {
  const auto found = std::ranges::find(points, setting, &PooledPoint::setting);
  return found == points.end() ? nullptr : &*found;
}

std::vector<ProbeResult> with_shared_long_steps(std::span<const ProbeResult> history,
                                                const PoolingRules& rules) {
  const LongSteps job = long_steps_of_job(history, rules.long_share);
  std::vector<ProbeResult> results;
  results.reserve(history.size());
  for (const ProbeResult& it : history) {
    if (rules.leaves_out_drifting && it.drifts && has_steady(history, it.setting)) continue;
    const double factor = time_of(it, job, rules) / it.time.value();
    results.push_back(it);
    ProbeResult& result = results.back();
    result.time = factor * it.time;
    result.time_error = factor * it.time_error;
    result.energy = factor * it.energy;
    result.energy_error = factor * it.energy_error;
  }
  return results;
}

PooledResults pool(std::span<const ProbeResult> history, const PoolingRules& rules) {
  std::vector<Reading> readings = readings_of(history, rules);
  std::ranges::stable_sort(readings, std::greater(), &Reading::setting);
  PooledResults pooled;
  double squares = rules.worth_of_first * rules.between_at_first * rules.between_at_first;
  double freedom = rules.worth_of_first;
  for (std::size_t first = 0; first < readings.size();) {
    std::size_t end = first;
    double time = 0.0;
    double power = 0.0;
    double variance = 0.0;
    for (; end < readings.size() && readings[end].setting == readings[first].setting; ++end) {
      time += readings[end].time;
      power += readings[end].power;
      variance += readings[end].variance;
    }
    const auto count = static_cast<double>(end - first);
    time /= count;
    for (std::size_t i = first; i < end && count > 1.0; ++i) {
      const double square = (readings[i].time - time) * (readings[i].time - time);
      // What the probes know of is no scatter between them.
      squares += std::max(0.0, square - readings[i].variance * (count - 1.0) / count);
    }
    freedom += count - 1.0;
    pooled.points.push_back({.setting = readings[first].setting,
                             .energy = Joules(std::exp(time + power / count)),
                             .time = Seconds(std::exp(time)),
                             .own_variance = variance / (count * count),
                             .probes = static_cast<int>(end - first)});
    first = end;
  }
  pooled.between = std::sqrt(squares / freedom);
  return pooled;
}

KnobSetting select_safely(const PooledResults& pooled, const SearchObjective& objective,
                          int least_probes, const PoolingRules& rules) {
  // What has no bound to keep is not to pay for care.
  const SearchGoal goal = goal_of(objective);
  const bool may_have_bound = goal.slowdown || !goal.cost;
  const auto variance = [&](const PooledPoint& point) {
    return pooled.between * pooled.between / std::max(point.probes, least_probes) +
           point.own_variance;
  };
  std::vector<ProbeResult> points;
  points.reserve(pooled.points.size());
  const PooledPoint& reference = pooled.points.front();
  for (const PooledPoint& point : pooled.points) {
    const double error = std::sqrt(variance(point) + variance(reference));
    const double longer = &point == &reference || !may_have_bound
                              ? 0.0
                              : std::max(0.0, rules.deviations * error - std::log1p(rules.slack));
    points.push_back(
        {.setting = point.setting, .energy = point.energy, .time = point.time * std::exp(longer)});
  }
  return select_setting(points, objective);
}

}  // namespace zeus
