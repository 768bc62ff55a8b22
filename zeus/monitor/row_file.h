// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A text file that grows row by row: each row is in it as a whole or not at all. Not thread-safe.
//
// The file is opened once: where a program goes afterwards (chdir) changes nothing. Symbolic links
// are followed. /dev/stdout, /dev/stderr, /dev/fd/<n> and /proc/self/fd/<n> stand for the open
// descriptor and share its position; the file behind it belongs to whoever opened it, and may have
// other writers. /dev/null and terminals are written to as they are; named
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

  // A regular file of our own, which may be emptied and kept locked.
  [[nodiscard]] bool is_regular() const { return is_regular_; }
  [[nodiscard]] bool is_same_file(const RowFile& other) const;

  // Against other open files, of other processes and of this one, where the file system can do
  // that; a forked child shares the lock until it closes the file. try_lock() is false where
  // somebody else has it, and true at once for a file that is not our own. lock() and unlock() are
  // for as long as it takes to write: a file that stays locked for some seconds (by flock(1), which
  // waits for this very program) is written to without the lock.
  [[nodiscard]] bool try_lock() const;
  void lock() const;
  void unlock() const;

  // Nothing where the file is not our own.
  void clear() const;
  // Without its line feed, of a longer one about the first megabyte; empty where there is none, or
  // where it cannot be read.
  [[nodiscard]] std::string first_line() const;

  // Returns 0, or the error number; then what was written of it is taken back, unless somebody else
  // has written meanwhile. A pipe without a reader is an error, not a SIGPIPE. With several writers
  // the lock must be held.
  [[nodiscard]] int append(std::string_view rows) const;
  // As append(), unless the file begins with this line or is our own and not empty: of several jobs
  // that write one file, one writes the header.
  [[nodiscard]] int append_header(std::string_view header) const;

  // For a forked child, which has no part in the file: closes its descriptors, and no lock is lost.
  void close();

 private:
  [[nodiscard]] int lockable() const { return is_regular_ ? file_ : shared_file_; }
  [[nodiscard]] bool is_at_start() const;

  int file_ = -1;
  int shared_file_ = -1;  // the file behind a descriptor, opened anew to be read and locked
  bool is_regular_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace zeus
