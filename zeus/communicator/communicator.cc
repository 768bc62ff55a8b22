// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/communicator.h"

#include <cstddef>
#include <utility>

namespace zeus {

std::optional<std::string> PendingMessages::poll(int rank) {
  std::optional<std::vector<std::string>> all = poll();
  if (!all) return std::nullopt;
  return std::move(all->at(static_cast<std::size_t>(rank)));
}

}  // namespace zeus
