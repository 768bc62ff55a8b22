// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who has a GPU, among processes: the first byte of a file beside its journal entry is locked by
// the job that tunes it (or whoever puts its limit back), the second by that job's guard, the third
// by whoever puts its limit back, before the first: the others wait for that. These are
// POSIX record locks: the kernel drops them when the process dies and, because the file is closed,
// at exec; a forked child doesn't have them; the system tells who holds one.
//
// Closing any descriptor of such a file drops all of the process's locks on it. That is why only
// this class opens these files: once in a process, however many ask.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace zeus {

class GpuLock {
 public:
  enum class Part : int { kJob = 0, kGuard = 1, kRestoring = 2 };

  // The one of this process. Throws ZeusFileError where the file can't be made or opened.
  static std::shared_ptr<GpuLock> open(const std::filesystem::path& file);

  GpuLock(const GpuLock&) = delete;
  GpuLock& operator=(const GpuLock&) = delete;
  ~GpuLock();  // drops the locks

  // False where somebody else has it, or another part of this process.
  [[nodiscard]] bool try_lock(Part part);
  void unlock(Part part);

  // Whether this process has it.
  [[nodiscard]] bool is_held(Part part) const;

  // The other process that has it; 0: one that this container doesn't see.
  [[nodiscard]] std::optional<pid_t> other_holder(Part part) const;

  // The other process that has kJob and isn't putting the GPU back; nothing at the first look of
  // several (`looks` is 0), as one that puts back may take or drop its two locks just then.
  [[nodiscard]] std::optional<pid_t> holder_who_stays(int looks) const;

  // kRestoring and kJob, or neither.
  [[nodiscard]] bool try_lock_to_restore();
  void unlock_restored();

 private:
  explicit GpuLock(int file) : file_(file) {}

  mutable std::mutex mutex_;
  int file_;
  std::array<bool, 3> held_{};
};

// "process 4711", or that it is one whose number isn't known here.
[[nodiscard]] std::string describe_holder(pid_t process);

}  // namespace zeus
