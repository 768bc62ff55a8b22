// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Adds up a counter that starts again at zero after its range. It must be read at least once a
// range, or whole ranges are lost. A counter that goes back has wrapped, or it was reset: by a
// resume from suspend, for example. It was reset where a wrap would be more than can have been
// counted; then what was counted meanwhile is left out.
#pragma once

#include <cstdint>

namespace zeus::rapl {

class WrappingCounter {
 public:
  // Counts from `first` on. `range` is the highest reading; 0 where the counter never wraps.
  WrappingCounter(std::uint64_t first, std::uint64_t range) : last_(first), range_(range) {}

  // What was counted since the first reading. `most` is the most that can have been counted since
  // the reading before this one.
  std::uint64_t advance(std::uint64_t reading, std::uint64_t most) {
    if (reading >= last_) {
      total_ += reading - last_;
    } else if (range_ >= last_ && range_ - last_ + reading <= most) {
      total_ += range_ - last_ + reading;
    } else {
      ++resets_;
    }
    last_ = reading;
    return total_;
  }

  // How often the counter was reset.
  [[nodiscard]] std::uint64_t resets() const { return resets_; }

 private:
  std::uint64_t last_;
  std::uint64_t range_;
  std::uint64_t total_ = 0;
  std::uint64_t resets_ = 0;
};

}  // namespace zeus::rapl
