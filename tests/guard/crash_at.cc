// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// For LD_PRELOAD: kills the program at its n-th step, or has its files fail. A step is a system
// call on a file of the journal's folder, or a call of the GPU driver's.
//
//     ZEUS_CRASH_PROGRAM  the program's name: in any other nothing happens
//     ZEUS_CRASH_AT       n, from 1: SIGKILL before the n-th step
//     ZEUS_CRASH_AFTER    if set: right after it
//     ZEUS_CRASH_GUARD    if set: the guard of the GPUs whose locks this program has open first
//     ZEUS_CRASH_LOG      a file that gets a line with the step's name then
//     ZEUS_CLOCK_JUMPS    if set: the wall clock jumps by years, to and fro
//     ZEUS_FULL_AFTER     n, from 0: after n bytes written to the journal's folder its disk is full
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>  // NOLINT(modernize-deprecated-headers)
#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers)
#include <stdarg.h>  // NOLINT(modernize-deprecated-headers)
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>  // NOLINT(modernize-deprecated-headers)
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace {

constexpr int kMostFiles = 1024;
constexpr int kMostFunctions = 256;

struct Settings {
  bool is_this_program = false;
  long at = 0;
  bool is_after = false;
  bool kills_guard = false;
  bool jumps = false;
  long full_after = -1;
  std::string log;
  std::string folder;
};

const Settings& settings() {
  static const Settings* const read = [] {
    auto* const found = new Settings;
    const auto text = [](const char* name) {
      const char* const value = std::getenv(name);
      return std::string(value != nullptr ? value : "");
    };
    found->is_this_program = text("ZEUS_CRASH_PROGRAM") == program_invocation_short_name;
    if (const std::string at = text("ZEUS_CRASH_AT"); !at.empty()) found->at = std::stol(at);
    if (const std::string full = text("ZEUS_FULL_AFTER"); !full.empty()) {
      found->full_after = std::stol(full);
    }
    found->is_after = !text("ZEUS_CRASH_AFTER").empty();
    found->kills_guard = !text("ZEUS_CRASH_GUARD").empty();
    found->jumps = found->is_this_program && !text("ZEUS_CLOCK_JUMPS").empty();
    found->log = text("ZEUS_CRASH_LOG");
    found->folder = text("ZEUS_JOURNAL_DIR");
    return found;
  }();
  return *read;
}

std::array<std::atomic<bool>, kMostFiles> is_journal_file{};
std::atomic<long> steps{0};
std::atomic<long> bytes_written{0};

void kill_guard() {
  for (int file = 0; file < kMostFiles; ++file) {
    if (!is_journal_file[static_cast<std::size_t>(file)]) continue;
    struct flock guard {};
    guard.l_type = F_WRLCK;
    guard.l_whence = SEEK_SET;
    guard.l_start = 1;
    guard.l_len = 1;
    if (syscall(SYS_fcntl, file, F_GETLK, &guard) == 0 && guard.l_type != F_UNLCK &&
        guard.l_pid > 0) {
      kill(guard.l_pid, SIGKILL);
    }
  }
}

void crash(const char* name) {
  const Settings& set = settings();
  const int log = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, set.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  const std::string line = std::to_string(set.at) + (set.is_after ? " after " : " ") + name + "\n";
  syscall(SYS_write, log, line.data(), line.size());
  if (set.kills_guard) kill_guard();
  syscall(SYS_kill, getpid(), SIGKILL);
}

// Around each step.
class Step {
 public:
  explicit Step(const char* name, bool counts = true) : name_(name) {
    const Settings& set = settings();
    is_last_ = counts && set.is_this_program && set.at > 0 && ++steps == set.at;
    if (is_last_ && !set.is_after) crash(name_);
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() {
    if (is_last_) crash(name_);
  }

 private:
  const char* name_;
  bool is_last_ = false;
};

bool is_journal(const char* path) {
  const std::string& folder = settings().folder;
  return settings().is_this_program && !folder.empty() &&
         std::strncmp(path, folder.c_str(), folder.size()) == 0;
}

bool is_journal(int file) {
  return file >= 0 && file < kMostFiles && is_journal_file[static_cast<std::size_t>(file)];
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlvsym(RTLD_NEXT, name, "GLIBC_2.2.5"));
}

int open_file(int folder, const char* path, int flags, mode_t mode) {
  const bool counts = is_journal(path);
  const Step step("open", counts);
  const auto file = static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
  if (file >= 0 && file < kMostFiles) is_journal_file[static_cast<std::size_t>(file)] = counts;
  return file;
}

// One function of the driver's each: how it is called doesn't matter, as all its parameters fit in
// registers.
using Any = long (*)(long, long, long, long, long, long);
struct DriverFunction {
  Any real = nullptr;
  std::string name;
};
std::array<DriverFunction, kMostFunctions>& functions() {
  static auto* const all = new std::array<DriverFunction, kMostFunctions>;
  return *all;
}

template <std::size_t index>
long counted(long a, long b, long c, long d, long e, long f) {
  const DriverFunction& function = functions()[index];
  const Step step(function.name.c_str());
  return function.real(a, b, c, d, e, f);
}

template <std::size_t... index>
constexpr std::array<Any, sizeof...(index)> counted_functions(
    std::index_sequence<index...> /*unused*/) {
  return {counted<index>...};
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(AT_FDCWD, path, flags, mode);
}

int close(int file) {
  const bool counts = is_journal(file);
  const Step step("close", counts);
  if (counts) is_journal_file[static_cast<std::size_t>(file)] = false;
  return static_cast<int>(syscall(SYS_close, file));
}

ssize_t write(int file, const void* bytes, size_t size) {
  const Step step("write", is_journal(file));
  if (is_journal(file)) {
    const long room = settings().full_after - bytes_written;
    if (settings().full_after >= 0 && room < static_cast<long>(size)) {
      if (room <= 0) {
        errno = ENOSPC;
        return -1;
      }
      size = static_cast<size_t>(room);  // the disk takes what it can
    }
    bytes_written += static_cast<long>(size);
  }
  return syscall(SYS_write, file, bytes, size);
}

// Also the last call before something is stored in a file that is mapped.
int fstat(int file, struct stat* info) noexcept {
  const Step step("fstat", is_journal(file));
  return static_cast<int>(syscall(SYS_fstat, file, info));
}

int posix_fallocate(int file, off_t offset, off_t size) {
  const Step step("reserve", is_journal(file));
  return syscall(SYS_fallocate, file, 0, offset, size) == 0 ? 0 : errno;
}

int fsync(int file) {
  const Step step("fsync", is_journal(file));
  return static_cast<int>(syscall(SYS_fsync, file));
}

int fcntl(int file, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  const Step step(command == F_GETLK ? "look at a lock" : "lock", is_journal(file));
  const long result = syscall(SYS_fcntl, file, command, argument);
  if (result >= 0 && result < kMostFiles && (command == F_DUPFD || command == F_DUPFD_CLOEXEC)) {
    is_journal_file[static_cast<std::size_t>(result)] = is_journal(file);
  }
  return static_cast<int>(result);
}

int fcntl64(int file, int command, ...) {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  return fcntl(file, command, argument);
}

int mkdir(const char* path, mode_t mode) noexcept {
  const Step step("mkdir", is_journal(path));
  return static_cast<int>(syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int rename(const char* from, const char* to) noexcept {
  const Step step("rename", is_journal(from));
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char* path) noexcept {
  const Step step("unlink", is_journal(path));
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int remove(const char* path) noexcept {
  if (!is_journal(path)) return next<int(const char*)>("remove")(path);
  return unlink(path);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  static std::atomic<long> looks{0};
  constexpr long kTenYears = 315'360'000;
  if (clock == CLOCK_REALTIME && settings().jumps) {
    time->tv_sec += ++looks % 2 == 0 ? kTenYears : -kTenYears;
  }
  return result;
}

void* dlsym(void* library, const char* name) noexcept {
  static const auto real = [] {
    void* found = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (found == nullptr) found = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    return reinterpret_cast<void* (*)(void*, const char*)>(found);
  }();
  void* const function = real(library, name);
  if (function == nullptr || !settings().is_this_program || std::strncmp(name, "nvml", 4) != 0 ||
      std::strcmp(name, "nvmlErrorString") == 0) {
    return function;
  }
  static constexpr auto kCounted = counted_functions(std::make_index_sequence<kMostFunctions>());
  static std::atomic<std::size_t> known{0};
  const std::size_t index = known++;
  if (index >= kMostFunctions) std::abort();
  functions()[index] = {.real = reinterpret_cast<Any>(function), .name = name};
  return reinterpret_cast<void*>(kCounted[index]);
}

}  // extern "C"
