// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/golden_section.h"
#include "benchmarks/search_regret/series_prober.h"
#include "zeus/optimizer/adaptive_strategy.h"
#include "zeus/optimizer/confirming_sweep.h"
#include "zeus/optimizer/limits_to_probe.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus::search_regret {
namespace {

using Selector = std::shared_ptr<const OptimumSelector>;

constexpr double kNever = std::numeric_limits<double>::infinity();

// As many watts as make 7 limits of this GPU's range.
Watts sixth(const World& world) {
  return Watts((world.curve().ceiling - world.curve().floor) / 6.0);
}

std::vector<Watts> seven_limits(const World& world) {
  return limits_to_probe(Watts(world.curve().ceiling), Watts(world.curve().floor), sixth(world));
}

Contender with_strategy(std::string name, std::string about, const ProberRules& rules,
                        const MakeStrategy& make) {
  return {.name = std::move(name),
          .about = std::move(about),
          .search = [rules, make](World& world, const Selector& selector) {
            return run_strategy(world, selector, make, rules);
          }};
}

MakeStrategy sweep() {
  return [](const World& world) { return std::make_unique<SweepStrategy>(seven_limits(world)); };
}

MakeStrategy confirming(const PoolingRules& rules) {
  return [rules](const World& world) {
    return std::make_unique<ConfirmingSweep>(seven_limits(world), rules);
  };
}

// The confirming sweep with one of its rules left out at a time.
void add_ablations(std::vector<Contender>& all) {
  const auto add = [&all](const std::string& without, auto change) {
    ProberRules probing;
    PoolingRules pooling;
    change(probing, pooling);
    all.push_back(with_strategy("without " + without, "the confirming sweep, this rule left out",
                                probing, confirming(pooling)));
  };
  add("settling for .5 s", [](ProberRules& p, PoolingRules&) { p.settle_time = 0; });
  add("odd steps' rule", [](ProberRules& p, PoolingRules&) { p.series.odd_factor = kNever; });
  add("long steps counted",
      [](ProberRules& p, PoolingRules& q) { p.series.long_share = q.long_share = 1; });
  add("pooled long share", [](ProberRules&, PoolingRules& q) { q.pools_long_share = false; });
  add("enough", [](ProberRules& p, PoolingRules&) {
    p.series.wanted_error = kNever;
    p.series.most_steps = p.series.least_steps;
  });
  add("halves", [](ProberRules& p, PoolingRules& q) {
    p.drops_drift = false;
    q.leaves_out_drifting = false;
  });
  add("safe margin", [](ProberRules&, PoolingRules& q) { q.deviations = 0; });
  add("learning from repeats", [](ProberRules&, PoolingRules& q) { q.worth_of_first = 1e9; });
}

}  // namespace

std::vector<Contender> contenders() {
  std::vector<Contender> all;
  all.push_back({.name = "optimizer, 7 limits",
                 .about = "GlobalPowerLimitOptimizer, pl_step a sixth of the range",
                 .search = [](World& world, const Selector& selector) {
                   return run_optimizer(world, selector, sixth(world));
                 }});
  all.push_back({.name = "optimizer, 25 W",
                 .about = "GlobalPowerLimitOptimizer with its defaults",
                 .search = [](World& world, const Selector& selector) {
                   return run_optimizer(world, selector, Watts(25));
                 }});
  all.push_back(with_strategy(
      "golden section", "fixed probes of 40 steps, to 1/20 of the range", plain_rules(),
      [](const World& world) { return std::make_unique<GoldenSection>(0.3 * sixth(world)); }));
  all.push_back(with_strategy("sweep, sure probes", "7 limits, probes that end when sure",
                              ProberRules(), sweep()));
  all.push_back(with_strategy("confirming sweep",
                              "the same, and the ceiling and what is picked are probed again",
                              ProberRules(), confirming({})));
  all.push_back({.name = "optimizer, sure",
                 .about = "GlobalPowerLimitOptimizer, 7 limits, wanted_error 0.01",
                 .search = [](World& world, const Selector& selector) {
                   return run_optimizer(world, selector, sixth(world), 0.01);
                 }});
  all.push_back(with_strategy("adaptive", "few probes, by a belief about all limits", ProberRules(),
                              [](const World&) { return std::make_unique<AdaptiveStrategy>(1); }));
  add_ablations(all);
  return all;
}

}  // namespace zeus::search_regret
