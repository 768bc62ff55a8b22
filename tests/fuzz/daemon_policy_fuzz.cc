// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A policy is either taken or refused with a ZeusFileError that names the file and a line; what is
// taken has no range that nothing is in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "zeus/daemon/server/policy_file.h"
#include "zeus/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using zeus::daemon::Bounds;
  const auto number = [](const std::string& name) -> std::optional<unsigned> {
    return name.size() < 8 ? std::optional<unsigned>(static_cast<unsigned>(name.size()))
                           : std::nullopt;
  };
  try {
    const zeus::daemon::Policy policy = zeus::daemon::parse_policy(
        {reinterpret_cast<const char*>(data), size}, "p.toml", {.user = number, .group = number});
    for (const auto& rule : policy.gpus) {
      for (const Bounds& bounds : {rule.bounds.power_limit_mw, rule.bounds.graphics_clock_mhz,
                                   rule.bounds.memory_clock_mhz}) {
        if (bounds.floor && !bounds.contains(*bounds.floor)) std::abort();
      }
    }
    if (policy.writes.burst < 1 || policy.leases.heartbeat.count() < 1000) std::abort();
  } catch (const zeus::ZeusFileError& error) {
    if (!std::string_view(error.what()).starts_with("'p.toml' line ")) std::abort();
  }
  return 0;
}
