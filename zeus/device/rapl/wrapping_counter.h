// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Adds up a counter that starts again at zero after its range. It must be read at least once a
// range, or whole ranges are lost.
#pragma once

#include <cstdint>

namespace zeus::rapl {

class WrappingCounter {
 public:
  // Counts from `first` on. `range` is the highest reading; 0 where the counter never wraps.
  WrappingCounter(std::uint64_t first, std::uint64_t range) : last_(first), range_(range) {}

  // What was counted since the first reading.
  std::uint64_t advance(std::uint64_t reading) {
    if (reading >= last_) {
      total_ += reading - last_;
    } else if (range_ >= last_) {
      total_ += range_ - last_ + reading;
    }
    last_ = reading;
    return total_;
  }

 private:
  std::uint64_t last_;
  std::uint64_t range_;
  std::uint64_t total_ = 0;
};

}  // namespace zeus::rapl
