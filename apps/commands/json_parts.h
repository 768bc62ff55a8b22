// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the commands' JSON reports have in common: one schema a command (docs/cli.md), SI units, the
// unit in the key's name. Include nlohmann/json.hpp, too, where these are used.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/commands/selector_choice.h"

namespace zeus::apps {

using Json = nlohmann::ordered_json;

// The text, which ends with a newline.
[[nodiscard]] std::string written(const Json& json);

// null where there is nothing; a std::string without a character is nothing.
[[nodiscard]] Json or_null(const std::optional<int>& number);
[[nodiscard]] Json or_null(const std::optional<double>& number);
[[nodiscard]] Json or_null(const std::optional<std::string>& text);
[[nodiscard]] Json or_null(const std::string& text);
template <class Unit>
[[nodiscard]] auto or_null(const std::optional<Quantity<Unit>>& quantity) {
  return or_null(quantity ? std::optional(quantity->value()) : std::nullopt);
}

[[nodiscard]] Json change_json(const Change& change);
[[nodiscard]] Json settings_json(const SelectorSettings& settings);
[[nodiscard]] Json measurements_json(std::span<const PowerLimitMeasurement> points,
                                     const SelectorSettings& settings);
[[nodiscard]] Json choices_json(const std::vector<SelectorChoice>& choices);

}  // namespace zeus::apps
