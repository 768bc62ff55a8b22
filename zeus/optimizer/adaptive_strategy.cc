// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/adaptive_strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "zeus/error.h"
#include "zeus/optimizer/pooled_results.h"
#include "zeus/optimizer/search_goal.h"

namespace zeus {
namespace {

constexpr std::size_t kUsualProbes = 5;

double square(double value) { return value * value; }

// How much a quantity is expected to fall below zero.
double expected_fall(double mean, double deviation) {
  if (!(deviation > 0)) return std::max(0.0, -mean);
  const double u = -mean / deviation;
  const double density = std::exp(-0.5 * u * u) / std::sqrt(2 * std::numbers::pi);
  const double below = 0.5 * std::erfc(-u / std::numbers::sqrt2);
  return deviation * density - mean * below;
}

double percent(double logarithm) { return 100 * std::expm1(logarithm); }

// One decision. Limits go by their index into the belief's grid.
class Decision {
 public:
  // `probes`: made so far, those that do not count included.
  Decision(BelievedLimits known, std::size_t probes, const SearchObjective& objective,
           const AdaptiveRule& rule)
      : known_(std::move(known)),
        probes_(probes),
        objective_(objective),
        rule_(rule),
        goal_(goal_of(objective)),
        ceiling_(known_.open.front()),
        floor_(known_.open.back()) {}

  SearchDecision make() const {
    const bool has_ceiling = times_measured(ceiling_) > 0;
    if (!has_ceiling && may_probe()) return probe(ceiling_);
    // By a reference that was slow at first, limits would seem to slow the job down too little.
    if (is_doubtful(ceiling_) && may_probe()) return probe(ceiling_);
    if (has_ceiling && might_be_flat()) {
      if (times_measured(floor_) > 0) {
        if (is_flat()) return choose_flat();
      } else if (may_probe()) {
        return probe(floor_);
      }
    }
    if (goal_.slowdown) return within_slowdown();
    return goal_.cost ? least_cost() : users_choice();
  }

 private:
  [[nodiscard]] Watts limit(std::size_t i) const { return known_.limits[i]; }
  [[nodiscard]] ProbeNext probe(std::size_t i) const { return {{.power_limit = limit(i)}}; }

  [[nodiscard]] std::size_t times_measured(std::size_t i) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        known_.probes, [i](const BelievedProbe& it) { return it.reading.index == i; }));
  }
  // Its only probe drifted.
  [[nodiscard]] bool is_doubtful(std::size_t i) const {
    return times_measured(i) == 1 &&
           std::ranges::any_of(known_.probes, [i](const BelievedProbe& it) {
             return it.reading.index == i && it.drifts;
           });
  }
  [[nodiscard]] bool may_probe() const { return probes_ < rule_.most_probes; }

  template <class Moments>
  [[nodiscard]] BeliefMoments expect(Moments moments) const {
    return known_.belief.over_hypotheses(moments);
  }
  [[nodiscard]] BeliefMoments slowdown_at(std::size_t i) const {
    return expect([&](const BeliefUnder& it) { return slowdown(it, i, ceiling_); });
  }
  [[nodiscard]] BeliefMoments cost_against(std::size_t i, std::size_t j) const {
    return expect([&](const BeliefUnder& it) { return goal_.cost->difference(it, i, j); });
  }

  // Flat: no limit acts on the job.
  [[nodiscard]] bool might_be_flat() const {
    return known_.draw <= rule_.flat_draw * limit(floor_) && floor_ != ceiling_;
  }
  // Of the readings of one limit: mean of a quantity, and the variance of that mean.
  template <class Value, class Variance>
  [[nodiscard]] BeliefMoments own(std::size_t i, Value value, Variance variance) const {
    double sum = 0;
    double squares = 0;
    double n = 0;
    for (const BelievedProbe& it : known_.probes) {
      if (it.reading.index != i) continue;
      sum += value(it.reading);
      squares += variance(it.reading);
      ++n;
    }
    return {.mean = sum / n, .variance = squares / (n * n)};
  }
  [[nodiscard]] BeliefMoments own_time(std::size_t i) const {
    return own(
        i, [](const KnobReading& it) { return it.time; },
        [](const KnobReading& it) { return it.time_variance; });
  }
  [[nodiscard]] BeliefMoments own_power(std::size_t i) const {
    return own(
        i, [](const KnobReading& it) { return it.power; },
        [](const KnobReading& it) { return it.power_variance; });
  }
  [[nodiscard]] bool is_flat() const {
    const double growth = own_time(floor_).mean - own_time(ceiling_).mean;
    // Near the bound the floor has to be confirmed as any other limit.
    if (goal_.slowdown && growth > std::log(*goal_.slowdown)) return false;
    return std::abs(own_power(floor_).mean - own_power(ceiling_).mean) < rule_.flat_power;
  }
  [[nodiscard]] Choose choose_flat() const {
    return {.setting = {.power_limit = best_of_flat()},
            .reason = fmt::format("no power limit changes what the job draws, {:.0f} W per GPU",
                                  known_.draw.value())};
  }
  [[nodiscard]] Watts best_of_flat() const {
    const BeliefMoments low_time = own_time(floor_);
    const BeliefMoments high_time = own_time(ceiling_);
    if (goal_.wants_lowest_limit) return limit(floor_);
    if (!goal_.cost) return users_pick(measured(known_.open), 0);
    const BeliefMoments low_power = own_power(floor_);
    const BeliefMoments high_power = own_power(ceiling_);
    const double gain = goal_.cost->of(high_time.mean, high_power.mean) -
                        goal_.cost->of(low_time.mean, low_power.mean);
    const double variance = low_time.variance + high_time.variance + low_power.variance +
                            high_power.variance + 4 * square(rule_.flat_scatter);
    return limit(gain > std::sqrt(variance) ? floor_ : ceiling_);
  }

  [[nodiscard]] static double next_error(const BelievedLimits& known, bool of_time) {
    double sum = 0;
    for (const BelievedProbe& it : known.probes) {
      sum += of_time ? it.reading.time_variance : it.reading.power_variance;
    }
    return sum / static_cast<double>(known.probes.size());
  }

  // What probing `i` is expected to gain over the candidate.
  [[nodiscard]] double gain(std::size_t i, std::size_t candidate) const {
    if (i == candidate || times_measured(i) > 0) return 0;
    const double time_error = next_error(known_, true);
    const double power_error = next_error(known_, false);
    double sum = 0;
    for (const BeliefUnder& it : known_.belief.hypotheses()) {
      const double between = square(it.noise.between);
      const BeliefMoments difference = goal_.cost->difference(it, i, candidate);
      const double reduced = std::min(
          difference.variance,
          goal_.cost->reduction(it, i, candidate, time_error + between, power_error + between));
      sum += it.noise.weight * expected_fall(difference.mean, std::sqrt(std::max(0.0, reduced)));
    }
    return sum;
  }

  template <class Value>
  [[nodiscard]] static std::size_t least(std::span<const std::size_t> of, Value value) {
    std::size_t best = of.front();
    double least = value(best);
    for (const std::size_t i : of.subspan(1)) {
      if (const double it = value(i); it < least) {
        least = it;
        best = i;
      }
    }
    return best;
  }

  [[nodiscard]] double cautious_cost(std::size_t i) const {
    const BeliefMoments it = cost_against(i, ceiling_);
    return it.mean + rule_.caution * std::sqrt(it.variance);
  }

  [[nodiscard]] std::vector<std::size_t> measured(std::span<const std::size_t> of) const {
    std::vector<std::size_t> result;
    for (const std::size_t i : of) {
      if (times_measured(i) > 0) result.push_back(i);
    }
    return result;
  }

  // The limit of least cost among `of`, or the next limit to probe on the way to it.
  [[nodiscard]] SearchDecision least_cost_of(std::span<const std::size_t> of) const {
    const auto cost = [this](std::size_t i) { return cautious_cost(i); };
    const std::size_t candidate = least(of, cost);
    if (may_probe()) {
      const std::size_t promising = least(of, [&](std::size_t i) { return -gain(i, candidate); });
      if (gain(promising, candidate) > rule_.least_gain) return probe(promising);
    }
    const std::vector<std::size_t> known = measured(of);
    if (known.empty()) return choose_by_cost(ceiling_);
    const std::size_t best = least(known, cost);
    if (may_probe() && times_measured(candidate) == 0 &&
        cost_against(best, candidate).mean > rule_.as_good) {
      return probe(candidate);
    }
    return choose_by_cost(best);
  }

  [[nodiscard]] SearchDecision least_cost() const { return least_cost_of(known_.open); }

  [[nodiscard]] Choose choose_by_cost(std::size_t i) const {
    const BeliefMoments gain = cost_against(i, ceiling_);
    const double deviation = std::sqrt(gain.variance);
    if (i != ceiling_ && rule_.keeps_ceiling_unless_sure && -gain.mean < deviation) {
      return {
          .setting = {.power_limit = limit(ceiling_)},
          .reason = fmt::format("not enough signal: keeping the highest limit, because what {:g} W "
                                "would gain, {:.1f} +- {:.1f} %, is within its uncertainty",
                                limit(i).value(), -percent(gain.mean), 100 * deviation)};
    }
    return {.setting = {.power_limit = limit(i)},
            .reason = fmt::format("no other limit promises more; {}", against_ceiling(i))};
  }

  // Energy and time of a limit against the ceiling's.
  [[nodiscard]] std::string against_ceiling(std::size_t i) const {
    constexpr LeastCost kEnergy{.eta = 1};
    const BeliefMoments energy =
        expect([&](const BeliefUnder& it) { return kEnergy.difference(it, i, ceiling_); });
    const BeliefMoments time = slowdown_at(i);
    return fmt::format("against {:g} W: energy {:+.1f} +- {:.1f} %, time {:+.1f} +- {:.1f} %",
                       limit(ceiling_).value(), percent(energy.mean),
                       100 * std::sqrt(energy.variance), percent(time.mean),
                       100 * std::sqrt(time.variance));
  }

  // Whether the limit keeps the bound: most likely, and with little risk of missing it by much.
  [[nodiscard]] bool may_keep_bound(std::size_t i) const {
    if (i == ceiling_) return true;
    const BeliefMoments it = slowdown_at(i);
    return it.mean + rule_.bound_caution * std::sqrt(it.variance) <= std::log(*goal_.slowdown);
  }
  [[nodiscard]] bool keeps_bound(std::size_t i) const {
    if (i == ceiling_) return true;
    const BeliefMoments it = slowdown_at(i);
    const double bound = std::log(*goal_.slowdown);
    return it.mean <= bound && !was_too_slow(i) &&
           it.mean + rule_.bound_deviations * std::sqrt(it.variance) <= bound + rule_.bound_slack;
  }
  // What was measured of a limit itself, against the ceiling, speaks against it: a bump that the
  // prior takes for noise.
  [[nodiscard]] bool was_too_slow(std::size_t i) const {
    if (times_measured(i) == 0 || times_measured(ceiling_) == 0) return false;
    return own_time(i).mean - own_time(ceiling_).mean > std::log(*goal_.slowdown);
  }
  template <class Holds>
  [[nodiscard]] std::vector<std::size_t> those_of(std::span<const std::size_t> of,
                                                  Holds holds) const {
    std::vector<std::size_t> result;
    std::ranges::copy_if(of, std::back_inserter(result), holds);
    return result;
  }

  // The best of limits that keep the bound. The ceiling always does.
  [[nodiscard]] std::size_t best_within(std::span<const std::size_t> of) const {
    if (of.empty()) return ceiling_;
    if (goal_.wants_lowest_limit) return of.back();
    return least(of, [this](std::size_t i) { return cautious_cost(i); });
  }

  [[nodiscard]] SearchDecision within_slowdown() const {
    const auto sure = those_of(known_.open, [this](std::size_t i) { return keeps_bound(i); });
    const std::size_t best = best_within(measured(sure));
    if (may_probe()) {
      const auto likely =
          those_of(known_.open, [this](std::size_t i) { return may_keep_bound(i); });
      const std::size_t wanted = best_within(likely);
      if (may_search() && is_better(wanted, best)) return probe(wanted);
      const std::size_t safe = best_within(sure);
      if (is_better(safe, best)) return probe(safe);
      if (rule_.confirms && best != ceiling_) {
        if (times_measured(ceiling_) < 2) return probe(ceiling_);
        if (times_measured(best) < 2) return probe(best);
      }
    }
    return Choose{
        .setting = {.power_limit = limit(best)},
        .reason = fmt::format(
            "{} that keeps the time within {:g} of that at {:g} W; {}",
            goal_.wants_lowest_limit ? "the lowest limit found" : "the least energy found",
            *goal_.slowdown, limit(ceiling_).value(), against_ceiling(best))};
  }

  // Whether probes in search of the bound are left.
  [[nodiscard]] bool may_search() const {
    const auto searched = std::ranges::count_if(known_.open, [this](std::size_t i) {
      return i != ceiling_ && i != floor_ && times_measured(i) > 0;
    });
    return std::cmp_less(searched, rule_.bound_probes);
  }

  // Whether to probe a limit rather than be content with `best`, which was measured.
  [[nodiscard]] bool is_better(std::size_t i, std::size_t best) const {
    if (times_measured(i) > 0) return false;
    if (!goal_.wants_lowest_limit) return cost_against(best, i).mean > rule_.bound_gain;
    return limit(best) - limit(i) > rule_.bound_gap * (limit(ceiling_) - limit(floor_));
  }

  // Only the selector knows what is best: it picks from a list of what is expected of each limit.
  // Where it would pick another one if limits slowed the job down by more, or by less, than
  // expected, that one is probed.
  [[nodiscard]] SearchDecision users_choice() const {
    const std::vector<std::size_t> points = measured(known_.open);
    const Watts choice = users_pick(known_.open, 0);
    if (probes_ < std::min(rule_.users_probes, rule_.most_probes)) {
      if (!is_measured(choice)) return ProbeNext{{.power_limit = choice}};
      const Watts near = rule_.bound_gap * (limit(ceiling_) - limit(floor_));
      for (const double deviations : {1.0, -1.0}) {
        const Watts other = users_pick(known_.open, deviations);
        if (!is_measured(other) && std::abs((other - choice).value()) > near.value()) {
          return ProbeNext{{.power_limit = other}};
        }
      }
    }
    return Choose{.setting = {.power_limit = points.empty() ? choice : users_pick(points, 0)},
                  .reason = "the selector's choice by what is expected of all limits"};
  }
  [[nodiscard]] bool is_measured(Watts limit) const {
    return std::ranges::any_of(
        known_.probes, [limit](const BelievedProbe& it) { return same_limit(it.limit, limit); });
  }
  [[nodiscard]] Watts users_pick(std::span<const std::size_t> of, double deviations) const {
    std::vector<PowerLimitMeasurement> points;
    points.reserve(of.size());
    for (const std::size_t i : of) {
      const auto mean_of = [&](const GaussianCurve BeliefUnder::*curve) {
        return expect([&](const BeliefUnder& it) {
                 return BeliefMoments{.mean = (it.*curve).mean(i), .variance = 0};
               })
            .mean;
      };
      const double time =
          mean_of(&BeliefUnder::time) + deviations * std::sqrt(slowdown_at(i).variance);
      const Joules steps(std::exp(time + mean_of(&BeliefUnder::power)));
      points.push_back(
          {.power_limit = limit(i),
           .energy = known_.between + steps + objective_.host_power * Seconds(std::exp(time)),
           .time = Seconds(std::exp(time))});
    }
    return objective_.selector->select(points);
  }

  BelievedLimits known_;
  std::size_t probes_;
  const SearchObjective& objective_;
  const AdaptiveRule& rule_;
  SearchGoal goal_;
  std::size_t ceiling_;
  std::size_t floor_;
};

}  // namespace

SearchDecision AdaptiveStrategy::do_next(std::span<const ProbeResult> history,
                                         const SearchObjective& objective) const {
  std::vector<ProbeResult> results;
  std::ranges::copy_if(history, std::back_inserter(results), counts);
  if (results.empty()) return ProbeNext{{.power_limit = objective.allowed.max}};
  results = with_shared_long_steps(results);
  return Decision(believe(results, objective.allowed, gpu_count_, prior_), history.size(),
                  objective, rule_)
      .make();
}

std::size_t AdaptiveStrategy::do_probes_left(std::span<const ProbeResult> history) const {
  return history.size() < kUsualProbes ? kUsualProbes - history.size() : 1;
}

}  // namespace zeus
