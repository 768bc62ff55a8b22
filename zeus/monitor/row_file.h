// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A text file that grows row by row: each row is in it as a whole or not at all. Not thread-safe.
//
// The file is opened once: where a program goes afterwards (chdir) changes nothing. Symbolic links
// are followed. /dev/stdout, /dev/stderr, /dev/fd/<n> and /proc/self/fd/<n> stand for the open
// descriptor and share its position. /dev/null and terminals are written to as they are; named
// pipes, which could block, and other devices are refused.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace zeus {

class RowFile {
 public:
  // Makes the file where there is none; one that is there stays as it is. `what` is "the log file".
  // The descriptor is none of 0 to 2, also where these are closed. Throws ZeusFileError that names
  // what, the path and the reason.
  RowFile(const std::filesystem::path& path, std::string_view what);
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;
  ~RowFile();

  // A regular file of our own, which can be read, locked, emptied and shortened. The others can
  // only be written to.
  [[nodiscard]] bool is_regular() const { return is_regular_; }
  [[nodiscard]] bool is_same_file(const RowFile& other) const;

  // Against other open files, of other processes and of this one, where the file system can do
  // that; a forked child shares the lock until it closes the file. try_lock() is false where
  // somebody else has it.
  [[nodiscard]] bool try_lock() const;
  void lock() const;
  void unlock() const;

  void clear() const;
  // Without its line feed, of a longer one about the first megabyte; empty where there is none.
  [[nodiscard]] std::string first_line() const;

  // Returns 0, or the error number; then what was written of it is taken back. A pipe without a
  // reader is an error, not a SIGPIPE. With several writers the lock must be held.
  [[nodiscard]] int append(std::string_view rows) const;

  // For a forked child, which has no part in the file: closes its descriptor, and no lock is lost.
  void close();

 private:
  int file_ = -1;
  bool is_regular_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace zeus
