// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace zeus::daemon {
namespace {

void fill(Bounds& bounds, const Bounds& from) {
  if (!bounds.floor) bounds.floor = from.floor;
  if (!bounds.ceiling) bounds.ceiling = from.ceiling;
}

}  // namespace

Rights Policy::rights_of(unsigned user, const std::vector<unsigned>& groups) const {
  if (user == 0) return {.control = true, .persist = true};
  if (allow.empty()) return {.control = true};
  Rights rights;
  for (const AllowRule& rule : allow) {
    const bool is_meant = rule.everyone || rule.users.contains(user) ||
                          std::ranges::any_of(groups, [&rule](unsigned group) {
                            return rule.groups.contains(group);
                          });
    if (!is_meant) continue;
    rights.control = rights.control || rule.rights.control;
    rights.persist = rights.persist || rule.rights.persist;
  }
  return rights;
}

GpuBounds Policy::bounds_of(const std::string& uuid, const std::string& model) const {
  GpuBounds bounds;
  const auto fill_from = [this, &bounds](auto is_meant) {
    for (const GpuRule& rule : gpus) {
      if (!is_meant(rule)) continue;
      fill(bounds.power_limit_mw, rule.bounds.power_limit_mw);
      fill(bounds.graphics_clock_mhz, rule.bounds.graphics_clock_mhz);
      fill(bounds.memory_clock_mhz, rule.bounds.memory_clock_mhz);
    }
  };
  fill_from([&](const GpuRule& rule) { return !rule.uuid.empty() && rule.uuid == uuid; });
  fill_from([&](const GpuRule& rule) { return !rule.model.empty() && rule.model == model; });
  fill_from([](const GpuRule& rule) { return rule.uuid.empty() && rule.model.empty(); });
  return bounds;
}

std::string describe(const Bounds& bounds, double scale, const std::string& unit) {
  const auto in_units = [scale](std::int64_t value) { return static_cast<double>(value) / scale; };
  if (bounds.floor && bounds.ceiling) {
    return fmt::format("{:g} to {:g} {}", in_units(*bounds.floor), in_units(*bounds.ceiling), unit);
  }
  if (bounds.floor) return fmt::format("at least {:g} {}", in_units(*bounds.floor), unit);
  if (bounds.ceiling) return fmt::format("at most {:g} {}", in_units(*bounds.ceiling), unit);
  return "any " + unit;
}

}  // namespace zeus::daemon
