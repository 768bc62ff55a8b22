// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the job has changed so much, since the best setting was chosen, that the search should
// start anew. So far the only change that is recognised is the one that the program reports itself:
// another batch size.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace zeus {

class DriftWatch {
 public:
  // The program's batch size from now on. Returns the one before where it was another.
  [[nodiscard]] std::optional<std::int64_t> note_batch_size(std::int64_t size) {
    const std::optional<std::int64_t> before = std::exchange(batch_size_, size);
    return before && *before != size ? before : std::nullopt;
  }

 private:
  std::optional<std::int64_t> batch_size_;
};

}  // namespace zeus
