// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How to search again where the best limit of before is known, but its figures are void: the job
// has changed a little, and so, most likely, has its best limit.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "zeus/optimizer/search_strategy.h"

namespace zeus {

/// What happens where the job changes while the choice is held.
struct RetunePlan {
  Seconds interval;  // at least so long a choice is held
  std::function<std::shared_ptr<const SearchStrategy>(Watts choice)> strategy;
};

/// Probes the highest limit of a list, one limit and its two neighbours; then, as long as the
/// selector picks a limit with a neighbour that was not probed, that neighbour. Then it chooses.
class NeighbourhoodSweep final : public SearchStrategy {
 public:
  /// `limits`: highest first; `centre` need not be one of them. `confirms`: chooses as a
  /// ConfirmingSweep, else as a SweepStrategy.
  NeighbourhoodSweep(std::vector<Watts> limits, Watts centre, bool confirms);

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  std::size_t do_probes_left(std::span<const ProbeResult> history) const override;

  void add_neighbours(std::vector<Watts>& list, Watts of) const;
  [[nodiscard]] std::vector<Watts> limits_so_far(std::span<const ProbeResult> history) const;
  [[nodiscard]] std::unique_ptr<SearchStrategy> sweep(std::vector<Watts> limits) const;

  std::vector<Watts> limits_;
  Watts centre_;
  bool confirms_;
};

/// Probes some limits first, then does what another strategy wants.
class ProbeFirst final : public SearchStrategy {
 public:
  ProbeFirst(std::vector<Watts> limits, std::shared_ptr<const SearchStrategy> then)
      : limits_(std::move(limits)), then_(std::move(then)) {}

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  std::size_t do_probes_left(std::span<const ProbeResult> history) const override;

  std::vector<Watts> limits_;
  std::shared_ptr<const SearchStrategy> then_;
};

}  // namespace zeus
