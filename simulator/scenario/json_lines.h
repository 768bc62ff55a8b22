// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// At which line of a JSON text a value stands. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace simulator {

// `text` must be valid; `path` is like "gpus[0].count" (empty: the whole text). Where the path goes
// further than the text does, the line of the last part that is there. The first line is 1.
[[nodiscard]] unsigned line_in_json(const std::string& text, std::string_view path);

}  // namespace simulator
