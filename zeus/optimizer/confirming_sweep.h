// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A sweep that doesn't take one look for the truth: it probes every limit of a list, then the
// highest again and what the selector picks again, until what it picks was measured twice.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "zeus/optimizer/pooled_results.h"
#include "zeus/optimizer/search_strategy.h"

namespace zeus {

class ConfirmingSweep final : public SearchStrategy {
 public:
  // `limits`: highest first.
  explicit ConfirmingSweep(std::vector<Watts> limits, const PoolingRules& rules = {})
      : limits_(std::move(limits)), rules_(rules) {}

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  std::size_t do_probes_left(std::span<const ProbeResult> history) const override;

  std::vector<Watts> limits_;
  PoolingRules rules_;
};

// The choice among what is known, of which settings that are not allowed are left out. Throws as
// select_setting().
[[nodiscard]] Choose choose_known(std::span<const ProbeResult> history,
                                  const SearchObjective& objective);

}  // namespace zeus
