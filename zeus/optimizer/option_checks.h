// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus {

// Throws ZeusValueError for an option that is out of range. Looks at no GPU and no file.
void require_valid(const GlobalPowerLimitOptimizerOptions& options);

}  // namespace zeus
