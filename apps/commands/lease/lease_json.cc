// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/json_parts.h"
#include "apps/commands/lease/lease.h"

namespace zeus::apps {

std::string leases_json(const Leases& leases, const std::string& socket) {
  Json list = Json::array();
  for (const auto& lease : leases) {
    list.push_back({{"index", lease.gpu},
                    {"uuid", lease.uuid},
                    {"pid", lease.process},
                    {"user", or_null(lease.user)},
                    {"held_s", lease.held_s},
                    {"ends_s", or_null(lease.ends_s)},
                    {"power_limit_w", or_null(lease.limit)},
                    {"prior_power_limit_w", or_null(lease.prior_limit)},
                    {"being_restored", lease.is_being_restored}});
  }
  return written({{"command", "lease ls"}, {"socket", socket}, {"leases", std::move(list)}});
}

}  // namespace zeus::apps
