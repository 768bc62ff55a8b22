// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/state/state_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <system_error>

#include "simulator/scenario/fingerprint.h"
#include "simulator/state/machine_clock.h"
#include "zeus/regular_file.h"

namespace simulator {
namespace {

// Byte ranges of the file that stand for rights. Locks of the open file description: they also
// hold between threads, and end with the process however it ends.
constexpr off_t kAttaching = 0;  // held while the file is looked at and made
constexpr off_t kInUse = 1;      // shared by every process that has it mapped

ScenarioError failure(const std::filesystem::path& path, const std::string& what) {
  return ScenarioError(path.string() + ": " + what + ": " +
                       std::error_code(errno, std::generic_category()).message());
}

bool try_lock(int fd, off_t range, short type, bool wait) {
  struct flock request {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = range;
  request.l_len = 1;
  int answer = 0;
  do {
    answer = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &request);
  } while (answer != 0 && errno == EINTR);
  return answer == 0;
}

std::uint64_t boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  return fingerprint(std::string(std::istreambuf_iterator<char>(in), {}));
}

int open_or_make(const std::filesystem::path& path) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  // O_CREAT only where it is missing: the kernel refuses it on others' files in /dev/shm.
  int fd = open(path.c_str(), kFlags);
  if (fd < 0 && errno == ENOENT) fd = open(path.c_str(), kFlags | O_CREAT, 0666);
  // A program whose standard error is closed must not print into it.
  fd = zeus::above_standard_streams(fd);
  if (fd < 0) throw failure(path, "state file cannot be opened");
  return fd;
}

}  // namespace

std::filesystem::path default_state_path(const Scenario& scenario) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "zeus-simulator-%u-%016llx", geteuid(),
                static_cast<unsigned long long>(scenario.fingerprint));
  const char* tmp = std::getenv("TMPDIR");
  std::filesystem::path folder = "/dev/shm";
  if (access(folder.c_str(), W_OK) != 0) folder = tmp != nullptr && *tmp != 0 ? tmp : "/tmp";
  return folder / name.data();
}

StateFile::StateFile(const std::filesystem::path& path, const Scenario& scenario)
    : scenario_(scenario), path_(path), fd_(open_or_make(path)) {
  try {
    if (!try_lock(fd_, kAttaching, F_WRLCK, true)) throw failure(path, "cannot be locked");
    struct stat info {};
    if (fstat(fd_, &info) != 0) throw failure(path, "cannot be examined");
    if (static_cast<std::size_t>(info.st_size) != sizeof(SharedState) &&
        ftruncate(fd_, sizeof(SharedState)) != 0) {
      throw failure(path, "cannot be made large enough");
    }
    void* memory = mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (memory == MAP_FAILED) throw failure(path, "cannot be mapped");
    state_ = static_cast<SharedState*>(memory);
    const bool is_finished = state_->magic.load() == SharedState::kMagic &&
                             state_->size == sizeof(SharedState) && state_->boot == boot_id();
    if (!is_finished || state_->fingerprint != scenario.fingerprint) {
      if (!try_lock(fd_, kInUse, F_WRLCK, false)) {
        errno = EBUSY;
        throw failure(path, "holds the state of another scenario, which a process uses");
      }
      make_anew();
    } else if (try_lock(fd_, kInUse, F_WRLCK, false)) {
      unload();
    }
    if (!try_lock(fd_, kInUse, F_RDLCK, true)) throw failure(path, "cannot be locked");
    try_lock(fd_, kAttaching, F_UNLCK, false);
  } catch (...) {
    if (state_ != nullptr) munmap(state_, sizeof(SharedState));
    close(fd_);
    throw;
  }
}

StateFile::~StateFile() {
  munmap(state_, sizeof(SharedState));
  close(fd_);
}

void StateFile::make_anew() {
  state_->magic.store(0);
  // Gives back the old pages, so that all the rest reads as zero.
  if (ftruncate(fd_, 0) != 0 || ftruncate(fd_, sizeof(SharedState)) != 0) {
    throw failure(path_, "cannot be made anew");
  }
  state_->size = sizeof(SharedState);
  state_->fingerprint = scenario_.fingerprint;
  state_->boot = boot_id();
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&state_->lock, &kind);
  pthread_mutexattr_destroy(&kind);
  state_->begin_ns = scenario_.virtual_clock ? kVirtualBeginNs : real_monotonic_ns();
  state_->begin_unix_ns = real_unix_ns();
  state_->virtual_now_ns.store(kVirtualBeginNs);
  state_->in_force.store(0);
  for (unsigned i = 0; i < scenario_.gpus.size(); ++i) {
    GpuTimeline(scenario_, i, state_->records[0][i], state_->history[i]).start(state_->begin_ns);
  }
  state_->magic.store(SharedState::kMagic);
}

// The last client has left: what a real driver did then is done when the next one comes.
void StateFile::unload() {
  Access access(*this);
  const std::int64_t now =
      scenario_.virtual_clock ? state_->virtual_now_ns.load() : real_monotonic_ns();
  for (unsigned i = 0; i < scenario_.gpus.size(); ++i) {
    if (access.record(i).persistence_mode != 0) continue;
    access.change();
    access.gpu(i).unload(now);
    access.commit();
  }
}

StateFile::Access::Access(StateFile& file) : file_(file) {
  SharedState& shared = *file.state_;
  int error = pthread_mutex_lock(&shared.lock);
  // The one who held it died. What it was writing is not in force.
  if (error == EOWNERDEAD) error = pthread_mutex_consistent(&shared.lock);
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "the state file's lock");
  }
  records_ = &shared.records[shared.in_force.load(std::memory_order_acquire)];
}

StateFile::Access::~Access() { pthread_mutex_unlock(&file_.state_->lock); }

GpuTimeline StateFile::Access::gpu(unsigned index) {
  return {file_.scenario_, index, (*records_)[index], file_.state_->history[index]};
}

void StateFile::Access::change() {
  SharedState& shared = *file_.state_;
  const std::uint32_t now = shared.in_force.load(std::memory_order_relaxed);
  std::copy_n(shared.records[now].begin(), file_.scenario_.gpus.size(),
              shared.records[1 - now].begin());
  records_ = &shared.records[1 - now];
}

void StateFile::Access::commit() {
  const auto copy = static_cast<std::uint32_t>(records_ - file_.state_->records.data());
  file_.state_->in_force.store(copy, std::memory_order_release);
}

}  // namespace simulator
