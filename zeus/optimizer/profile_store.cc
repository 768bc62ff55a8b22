// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/profile_store.h"

#include <utility>

#include "zeus/atomic_file.h"

namespace zeus {

// The place is fixed here: a program may change its folder later.
ProfileStore::ProfileStore(std::filesystem::path path)
    : path_(path.empty() ? std::move(path) : std::filesystem::absolute(path)) {
  if (!read()) {
    require_writable(*path_);
    require_writable(partial());
  }
}

std::optional<std::string> ProfileStore::read() const {
  return path_ ? read_file_if_any(*path_) : std::nullopt;
}

std::optional<std::string> ProfileStore::read_partial() const {
  return path_ ? read_file_if_any(partial()) : std::nullopt;
}

void ProfileStore::save_partial(const std::vector<ProbeResult>& results,
                                const ProfileOrigin& origin) const {
  if (!path_) return;
  write_file_atomically(partial(), to_json({.measurements = results, .origin = origin}));
}

void ProfileStore::save(const std::vector<ProbeResult>& results,
                        const ProfileOrigin& origin) const {
  if (!path_) return;
  write_file_atomically(*path_, to_json({.measurements = results, .origin = origin}));
  remove_file_if_any(partial());
}

void ProfileStore::remove_partial() const {
  if (path_) remove_file_if_any(partial());
}

}  // namespace zeus
