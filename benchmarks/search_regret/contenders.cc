// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "benchmarks/search_regret/contender.h"

namespace zeus::search_regret {
namespace {

using Selector = std::shared_ptr<const OptimumSelector>;

// As many watts as make 7 limits of this GPU's range.
Watts sixth(const World& world) {
  return Watts((world.curve().ceiling - world.curve().floor) / 6.0);
}

}  // namespace

std::vector<Contender> contenders() {
  return {{.name = "optimizer, 7 limits",
           .about = "GlobalPowerLimitOptimizer, pl_step a sixth of the range",
           .search =
               [](World& world, const Selector& selector) {
                 return run_optimizer(world, selector, sixth(world));
               }},
          {.name = "optimizer, 25 W",
           .about = "GlobalPowerLimitOptimizer with its defaults",
           .search = [](World& world, const Selector& selector) {
             return run_optimizer(world, selector, Watts(25));
           }}};
}

}  // namespace zeus::search_regret
