// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which machine this process is attached to, and how many nvmlInit calls hold it. A forked child is
// not attached, whatever its parent was. The only place that reads the environment. Thread-safe.
#pragma once

#include <memory>

#include "simulator/nvml/driver.h"
#include "simulator/nvml/nvml_abi.h"

namespace simulator {

// Lives as long as its thread is inside a function of the driver.
class InsideDriver {
 public:
  InsideDriver() { ++depth_; }
  ~InsideDriver() { --depth_; }
  InsideDriver(const InsideDriver&) = delete;
  InsideDriver& operator=(const InsideDriver&) = delete;

  [[nodiscard]] static bool is_here() { return depth_ > 0; }

 private:
  static inline thread_local int depth_ = 0;
};

// One nvmlInit by the name of `function`: the first attaches to the machine that the environment
// names now. A machine that cannot be had is NVML_ERROR_UNKNOWN and a line on stderr.
[[nodiscard]] nvmlReturn_t attach(const char* function);
// One nvmlShutdown; the last detaches.
[[nodiscard]] nvmlReturn_t detach();

// What nvmlInit attached to; nullptr before it, after the last nvmlShutdown and in a child.
[[nodiscard]] std::shared_ptr<Driver> initialized_driver();

// The same, or else the machine that the environment names now; nullptr (and a line on stderr) when
// that cannot be had. For the functions beside NVML.
[[nodiscard]] std::shared_ptr<Driver> any_driver();

}  // namespace simulator
