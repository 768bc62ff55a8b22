// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The operator's policy as a file (TOML; docs/zeusd.md). What it doesn't know it refuses, with the
// line: a ceiling that is misspelt must not be no ceiling.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "zeus/daemon/server/policy.h"

namespace zeus::daemon {

// Numbers of users and groups by name; nothing: there is none of that name.
struct Accounts {
  std::function<std::optional<unsigned>(const std::string&)> user;
  std::function<std::optional<unsigned>(const std::string&)> group;
};

// This machine's.
[[nodiscard]] Accounts machine_accounts();

// Throws ZeusFileError: "'name' line 12: …". Pure but for the accounts.
[[nodiscard]] Policy parse_policy(std::string_view text, const std::string& name,
                                  const Accounts& accounts);

// Throws ZeusFileError also where anybody but root and this process's user could have written the
// file or put another in its place.
[[nodiscard]] Policy read_policy(const std::filesystem::path& file, const Accounts& accounts);

}  // namespace zeus::daemon
