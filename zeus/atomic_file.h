// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that are either whole or not there: written beside, flushed to the disk, renamed. All throw
// ZeusFileError that names the file and the system's reason.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace zeus {

// Replaces `path` by `text`; where it is a symbolic link, the file that it stands for. At any
// failure, power loss included, what was there stays. `mode`: who may read and write the file, less
// what the umask takes.
void write_file_atomically(const std::filesystem::path& path, std::string_view text,
                           unsigned mode = 0666);

// Makes sure that write_file_atomically(path, …) can work, by making and removing a file beside it.
void require_writable(const std::filesystem::path& path);

// The whole file; nothing where there is none. What is not a regular file, or larger than 64 MB, is
// refused.
[[nodiscard]] std::optional<std::string> read_file_if_any(const std::filesystem::path& path);

// Removes the file if it is there.
void remove_file_if_any(const std::filesystem::path& path);

}  // namespace zeus
