// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// For a helper process that must keep nothing of its parent's open: a pipe's reader waits until the
// last process has closed it, a disk stays busy. Makes system calls only, as a forked child must.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace zeus::apps {

// By the list of what is open: the highest number that may be is a billion in some containers.
inline bool close_listed_files_from(int first) {
  const int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  // As linux/dirent.h has it: inode, offset, length, type, name.
  constexpr std::size_t kLengthAt = 16;
  constexpr std::size_t kNameAt = 19;
  alignas(8) std::array<char, 4096> entries{};
  bool has_closed = true;
  while (has_closed) {  // what is closed moves the others up: until nothing is found
    has_closed = false;
    lseek(folder, 0, SEEK_SET);
    long size = 0;
    while ((size = syscall(SYS_getdents64, folder, entries.data(), entries.size())) > 0) {
      for (long at = 0; at < size;) {
        const char* const entry = entries.data() + at;
        unsigned short length = 0;
        std::memcpy(&length, entry + kLengthAt, sizeof length);
        at += length;
        int file = -1;
        const char* const name = entry + kNameAt;
        std::from_chars(name, name + std::strlen(name), file);
        if (file >= first && file != folder && close(file) == 0) has_closed = true;
      }
    }
  }
  close(folder);
  return true;
}

inline void close_files_from(int first) {
#ifdef SYS_close_range
  constexpr unsigned kLast = ~0U;
  if (syscall(SYS_close_range, static_cast<unsigned>(first), kLast, 0U) == 0) return;
#endif
  // Linux before 5.9, or a container that refuses the call.
  if (close_listed_files_from(first)) return;
  constexpr int kUsual = 1024;
  for (int file = first; file < kUsual; ++file) close(file);
}

}  // namespace zeus::apps
