// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace simulator
