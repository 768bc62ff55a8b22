// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/answer.h"

#include <nlohmann/json.hpp>

namespace zeus::daemon {

Answer error_answer(int status, const std::string& sentence) {
  return {.status = status,
          .body = nlohmann::json{{"error", sentence}}.dump(
              -1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace zeus::daemon
