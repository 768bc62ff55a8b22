// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Probes every limit of a list once, in its order, then lets the selector choose.
#pragma once

#include <cstddef>
#include <vector>

#include "zeus/optimizer/search_strategy.h"

namespace zeus {

class SweepStrategy final : public SearchStrategy {
 public:
  // `limits`: an empty list chooses among what is known already.
  explicit SweepStrategy(std::vector<Watts> limits) : limits_(std::move(limits)) {}

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  std::size_t do_probes_left(std::span<const ProbeResult> history) const override;

  [[nodiscard]] std::vector<Watts>::const_iterator first_missing(
      std::span<const ProbeResult> history) const;

  std::vector<Watts> limits_;
};

}  // namespace zeus
