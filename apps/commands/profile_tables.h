// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What was measured limit by limit, and what the selectors pick, as text of at most 80 columns.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "apps/commands/selector_choice.h"

namespace zeus::apps {

// One row a limit, highest first; choices are marked with their letters. `points` isn't empty.
[[nodiscard]] std::string limits_table(std::span<const PowerLimitMeasurement> points,
                                       const SelectorSettings& settings,
                                       std::span<const SelectorChoice> choices, bool colours);

// One row a selector; the one `in_use` is marked.
[[nodiscard]] std::string choices_table(std::span<const SelectorChoice> choices,
                                        const SelectorSettings& settings,
                                        std::optional<SelectorKind> in_use, bool colours);

}  // namespace zeus::apps
