// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which power limits a sweep visits. Pure.
#pragma once

#include <vector>

#include "zeus/units.h"

namespace zeus {

// highest, highest - step, … as far as lowest, and lowest itself, which is always the last. `step`
// is at least a milliwatt, lowest <= highest.
[[nodiscard]] std::vector<Watts> limits_to_probe(Watts highest, Watts lowest, Watts step);

}  // namespace zeus
