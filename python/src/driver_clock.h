// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The clock that goes with the driver that is loaded: the simulated driver's own, which may be
// virtual, else the machine's.
#pragma once

#include <memory>

#include "zeus/clock.h"

namespace zeus::python {

[[nodiscard]] std::shared_ptr<Clock> driver_clock();

}  // namespace zeus::python
