// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which box this process is attached to, and how many nvmlInit calls hold it. A forked child is
// not attached, whatever its parent was. The only place that reads the environment. Thread-safe.
#pragma once

#include <memory>

#include "simulator/nvml/driver.h"
#include "simulator/nvml/nvml_abi.h"

namespace simulator {

// One nvmlInit by the name of `function`: the first attaches to the box that the environment
// names now. A box that cannot be had is NVML_ERROR_UNKNOWN and a line on stderr.
[[nodiscard]] nvmlReturn_t attach(const char* function);
// One nvmlShutdown; the last detaches.
[[nodiscard]] nvmlReturn_t detach();

// What nvmlInit attached to; nullptr before it, after the last nvmlShutdown and in a child.
[[nodiscard]] std::shared_ptr<Driver> initialized_driver();

// The same, or else the box that the environment names now; nullptr (and a line on stderr) when
// that cannot be had. For the functions beside NVML.
[[nodiscard]] std::shared_ptr<Driver> any_driver();

}  // namespace simulator
