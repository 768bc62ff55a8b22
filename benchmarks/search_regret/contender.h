// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What searches for the best limit, one interface for all: it trains the world's job until it has
// chosen.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/search_regret/world.h"
#include "zeus/optimizer/optimum_selector.h"
#include "zeus/units.h"

namespace zeus::search_regret {

struct SearchOutcome {
  Watts choice;
  int probes = 0;
  int steps = 0;             // of training until the choice was made
  bool keeps_prior = false;  // it ended without a choice of its own
};

using Search = std::function<SearchOutcome(World&, std::shared_ptr<const OptimumSelector>)>;

struct Contender {
  std::string name;
  std::string about;
  Search search;
};

// The library's GlobalPowerLimitOptimizer as it is, with its hooks called.
[[nodiscard]] SearchOutcome run_optimizer(World& world,
                                          std::shared_ptr<const OptimumSelector> selector,
                                          Watts pl_step,
                                          std::optional<double> wanted_error = std::nullopt);

[[nodiscard]] std::vector<Contender> contenders();

}  // namespace zeus::search_regret
