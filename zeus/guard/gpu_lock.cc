// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/gpu_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>

#include "zeus/error.h"
#include "zeus/per_process.h"
#include "zeus/regular_file.h"

namespace zeus {
namespace {

// The users of a file are counted by hand: a weak_ptr would let one thread open the file anew while
// another one closes it, which drops the new lock.
struct OpenFile {
  std::unique_ptr<GpuLock> lock;
  int users = 0;
};

struct OpenFiles {
  std::mutex mutex;
  std::map<std::filesystem::path, OpenFile> files;
};

// A forked child has no lock of its parent's.
OpenFiles& open_files() { return per_process<OpenFiles>(); }

void give_back(OpenFiles& owner, const std::filesystem::path& file) {
  if (&open_files() != &owner) return;  // a forked child
  const std::lock_guard lock(owner.mutex);
  const auto found = owner.files.find(file);
  if (found != owner.files.end() && --found->second.users == 0) owner.files.erase(found);
}

struct flock record(GpuLock::Part part, short type) {
  struct flock wanted {};
  wanted.l_type = type;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = static_cast<off_t>(part);
  wanted.l_len = 1;
  return wanted;
}

}  // namespace

std::shared_ptr<GpuLock> GpuLock::open(const std::filesystem::path& file) {
  OpenFiles& all = open_files();
  const std::lock_guard lock(all.mutex);
  const auto found = all.files.find(file);
  if (found == all.files.end()) {
    const int descriptor = above_standard_streams(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor < 0) {
      throw ZeusFileError(fmt::format("cannot open '{}': {}", file.string(),
                                      std::generic_category().message(errno)));
    }
    all.files[file].lock.reset(new GpuLock(descriptor));
  }
  OpenFile& there = all.files[file];
  ++there.users;
  return {there.lock.get(), [&all, file](GpuLock*) { give_back(all, file); }};
}

GpuLock::~GpuLock() { ::close(file_); }

bool GpuLock::try_lock(Part part) {
  const std::lock_guard lock(mutex_);
  bool& held = held_[static_cast<std::size_t>(part)];
  if (held) return false;
  struct flock wanted = record(part, F_WRLCK);
  held = ::fcntl(file_, F_SETLK, &wanted) == 0;
  return held;
}

void GpuLock::unlock(Part part) {
  const std::lock_guard lock(mutex_);
  struct flock wanted = record(part, F_UNLCK);
  ::fcntl(file_, F_SETLK, &wanted);
  held_[static_cast<std::size_t>(part)] = false;
}

bool GpuLock::is_held(Part part) const {
  const std::lock_guard lock(mutex_);
  return held_[static_cast<std::size_t>(part)];
}

std::optional<pid_t> GpuLock::holder_who_stays(int looks) const {
  const std::optional<pid_t> holder = other_holder(Part::kJob);
  return looks > 0 && !other_holder(Part::kRestoring) ? holder : std::nullopt;
}

bool GpuLock::try_lock_to_restore() {
  if (!try_lock(Part::kRestoring)) return false;
  if (try_lock(Part::kJob)) return true;
  unlock(Part::kRestoring);
  return false;
}

void GpuLock::unlock_restored() {
  unlock(Part::kJob);
  unlock(Part::kRestoring);
}

std::optional<pid_t> GpuLock::other_holder(Part part) const {
  struct flock found = record(part, F_WRLCK);
  if (::fcntl(file_, F_GETLK, &found) != 0 || found.l_type == F_UNLCK) return std::nullopt;
  return found.l_pid < 0 ? 0 : found.l_pid;
}

std::string describe_holder(pid_t process) {
  return process > 0 ? fmt::format("process {}", process)
                     : std::string("a process outside this container");
}

}  // namespace zeus
