// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What somebody has set on a GPU beside its power limit, and how it was before. Nobody can ask a
// driver whether clocks are locked: that they weren't is all that can be put back. Pure but for the
// GPU that is handed in.
#pragma once

#include <optional>
#include <string>

#include "zeus/device/gpu.h"

namespace zeus {

struct OtherSettings {
  bool graphics_clocks_locked = false;
  bool memory_clocks_locked = false;
  std::optional<bool> prior_persistence{};  // where it was changed

  bool operator==(const OtherSettings&) const = default;
  [[nodiscard]] bool is_empty() const { return *this == OtherSettings{}; }
};

// Unlocks and puts back; what is done is no more in `settings`. Returns a line where something
// could not be; empty where all is well.
[[nodiscard]] std::string restore(const VisibleGpu& visible, OtherSettings& settings);

}  // namespace zeus
