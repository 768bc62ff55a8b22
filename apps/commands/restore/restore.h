// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus restore`: puts back the power limits that jobs have left that were killed together with
// their guards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zeus/guard/recovery.h"

namespace zeus::apps {

struct RestoredGpu {
  std::optional<int> index;  // the driver's; none where it has no such GPU
  Recovery recovery;         // without an index only its entry counts
};

struct RestoreReport {
  std::string folder;    // of the journal; empty where there is none
  std::string daemon{};  // the socket of the one that was asked instead
  bool is_simulated = false;
  std::vector<RestoredGpu> gpus;
  std::vector<std::string> troubles;  // entries that can't be used

  // Whether nothing is left to do.
  [[nodiscard]] bool is_well() const;
};

// One line a GPU.
[[nodiscard]] std::string restore_text(const RestoreReport& report);
[[nodiscard]] std::string to_json(const RestoreReport& report);

}  // namespace zeus::apps
