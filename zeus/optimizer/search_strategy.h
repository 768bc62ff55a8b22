// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which setting to probe next, and when to choose. A strategy sees what was measured so far and the
// user's objective, and nothing else: no clock, no ranks, no GPU. In a job of several ranks only
// rank 0 asks it. Derive from SearchStrategy and override the two do_… methods.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "zeus/device/gpu.h"
#include "zeus/device/knob.h"
#include "zeus/optimizer/optimum_selector.h"
#include "zeus/optimizer/probe_result.h"

namespace zeus {

// What is searched for.
struct SearchObjective {
  std::shared_ptr<const OptimumSelector> selector;
  PowerLimitRange allowed;  // settings outside are neither probed nor chosen
  // What the host draws for the whole job while it runs: it enters the energy that a selector sees,
  // since slower steps take more of it.
  Watts host_power{};
};

// Probe this setting next.
struct ProbeNext {
  KnobSetting setting;
  bool operator==(const ProbeNext&) const = default;
};

// The search is over: this setting is the best.
struct Choose {
  KnobSetting setting;
  std::string reason;  // for people, in one line
  bool operator==(const Choose&) const = default;
};

using SearchDecision = std::variant<ProbeNext, Choose>;

[[nodiscard]] const KnobSetting& setting_of(const SearchDecision& decision);

class SearchStrategy {
 public:
  SearchStrategy() = default;
  SearchStrategy(const SearchStrategy&) = delete;
  SearchStrategy& operator=(const SearchStrategy&) = delete;
  virtual ~SearchStrategy() = default;

  // `history`: every result so far, in the order of measuring; a setting may be in it more than
  // once. Throws what the selector throws, and ZeusValueError for a setting that is not allowed.
  [[nodiscard]] SearchDecision next(std::span<const ProbeResult> history,
                                    const SearchObjective& objective) const;

  // How many more probes are expected after these.
  [[nodiscard]] std::size_t probes_left(std::span<const ProbeResult> history) const {
    return do_probes_left(history);
  }

 private:
  [[nodiscard]] virtual SearchDecision do_next(std::span<const ProbeResult> history,
                                               const SearchObjective& objective) const = 0;
  [[nodiscard]] virtual std::size_t do_probes_left(std::span<const ProbeResult> history) const = 0;
};

// What the objective's selector picks among the results that are allowed. Throws what the selector
// throws, and ZeusValueError where it picks what is not allowed.
[[nodiscard]] KnobSetting select_setting(std::span<const ProbeResult> history,
                                         const SearchObjective& objective);

}  // namespace zeus
