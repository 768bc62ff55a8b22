// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Golden section search, for comparison: it narrows the range of limits by comparing two limits in
// it, and believes each measurement, and that there is one hollow.
#pragma once

#include <cstddef>

#include "zeus/optimizer/search_strategy.h"

namespace zeus::search_regret {

class GoldenSection final : public SearchStrategy {
 public:
  // Ends where the range is not wider than `width`.
  explicit GoldenSection(Watts width) : width_(width) {}

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  std::size_t do_probes_left(std::span<const ProbeResult> /*history*/) const override { return 1; }

  Watts width_;
};

}  // namespace zeus::search_regret
