// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a sweep keeps what it has measured: the profile file when it is finished, `<path>.partial`
// until then. Only rank 0's store has a path; the others' do nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zeus/optimizer/profile_file.h"

namespace zeus {

class ProfileStore {
 public:
  ProfileStore() = default;

  // Throws ZeusFileError where a profile could not be written to `path`.
  explicit ProfileStore(std::filesystem::path path);

  // The text of the finished and of the unfinished profile, where there is one.
  [[nodiscard]] std::optional<std::string> read() const;
  [[nodiscard]] std::optional<std::string> read_partial() const;

  void save_partial(const std::vector<ProbeResult>& results, const ProfileOrigin& origin) const;
  // Writes the finished profile, then removes the unfinished one.
  void save(const std::vector<ProbeResult>& results, const ProfileOrigin& origin) const;
  void remove_partial() const;

  [[nodiscard]] bool has_path() const { return path_.has_value(); }
  [[nodiscard]] std::string name() const { return path_ ? path_->string() : "of rank 0"; }
  [[nodiscard]] std::string partial_name() const { return path_ ? partial().string() : name(); }

 private:
  [[nodiscard]] std::filesystem::path partial() const { return path_->string() + ".partial"; }

  std::optional<std::filesystem::path> path_;
};

}  // namespace zeus
