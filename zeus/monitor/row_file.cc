// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/row_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "zeus/error.h"
#include "zeus/regular_file.h"

namespace zeus {
namespace {

// The descriptor that the path stands for.
std::optional<int> descriptor_of(std::string_view path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view number = path.substr(folder.size());
    int descriptor = -1;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), descriptor);
    if (error == std::errc() && end == number.data() + number.size()) return descriptor;
  }
  return std::nullopt;
}

int open_file(const std::filesystem::path& path) {
  // Not blocking: a pipe waits for its other end. Reading is for the header.
  constexpr int kFlags = O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  constexpr mode_t kMode = 0666;
  int file = -1;
  do {
    file = ::open(path.c_str(), kFlags | O_RDWR | O_CREAT, kMode);
  } while (file < 0 && errno == EINTR);
  // One that may be written, but not read.
  if (file < 0 && errno == EACCES) {
    file = ::open(path.c_str(), kFlags | O_WRONLY);
    if (file < 0) errno = EACCES;
  }
  return above_standard_streams(file);
}

int duplicate(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -1;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  return fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

// -1 where it is no regular file, or may not be read.
int open_anew(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return -1;
  const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
  return above_standard_streams(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// -1 where it is no regular file.
off_t size_of(int file) {
  struct stat status {};
  return fstat(file, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

// Nothing where it can be written to.
const char* reason_to_refuse(int file, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return nullptr;
  if (S_ISFIFO(status.st_mode)) return "it is a named pipe, which may block; name a file";
  constexpr unsigned kMemoryDevices = 1;
  constexpr std::array kHarmless{3U, 7U};  // /dev/null, /dev/full
  if (S_ISCHR(status.st_mode)) {
    if (isatty(file) == 1) return nullptr;
    for (const unsigned minor_number : kHarmless) {
      if (status.st_rdev == makedev(kMemoryDevices, minor_number)) return nullptr;
    }
  }
  return "it is a device; name a file";
}

// A write to a pipe that nobody reads must not end the program.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    sigset_t pending{};
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    if (!was_pending_) pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;
  ~NoBrokenPipeSignal() {
    if (was_pending_) return;
    const int error = errno;
    constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
    while (sigtimedwait(&signal_, nullptr, &kNow) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

// Takes what was written off `text`. 0, or the error number.
int write_all(int file, std::string_view& text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

RowFile::RowFile(const std::filesystem::path& path, std::string_view what) {
  const auto fail = [&](const std::string& reason) {
    return ZeusFileError(fmt::format("Can't open {} {}: {}", what, path.string(), reason));
  };
  const std::optional<int> descriptor = descriptor_of(path.native());
  file_ = descriptor ? duplicate(*descriptor) : open_file(path);
  // A socket, a device without a driver, a pipe that may be written only.
  if (file_ < 0 && errno == ENXIO) throw fail("it is not a file");
  if (file_ < 0) throw fail(std::generic_category().message(errno));
  if (descriptor) {
    shared_file_ = open_anew(file_);
    return;
  }
  struct stat status {};
  fstat(file_, &status);
  if (const char* const reason = reason_to_refuse(file_, status)) {
    close();
    throw fail(reason);
  }
  is_regular_ = S_ISREG(status.st_mode);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  fcntl(file_, F_SETFL, O_APPEND);
}

RowFile::~RowFile() { close(); }

void RowFile::close() {
  for (int* const file : {&file_, &shared_file_}) {
    if (*file >= 0) ::close(std::exchange(*file, -1));
  }
}

bool RowFile::is_same_file(const RowFile& other) const {
  return is_regular_ && other.is_regular_ && device_ == other.device_ && inode_ == other.inode_;
}

bool RowFile::try_lock() const {
  return !is_regular_ || flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void RowFile::lock() const {
  constexpr std::chrono::seconds kPatience(5);
  constexpr std::chrono::milliseconds kPause(1);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (flock(lockable(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= end) return;
    std::this_thread::sleep_for(kPause);
  }
}

void RowFile::unlock() const { flock(lockable(), LOCK_UN); }

void RowFile::clear() const {
  if (is_regular_) static_cast<void>(!ftruncate(file_, 0));
}

std::string RowFile::first_line() const {
  std::string line;
  std::array<char, 512> piece{};
  off_t at = 0;
  constexpr std::size_t kMostBytes = 1'000'000;
  while (line.size() < kMostBytes) {
    const ssize_t count = pread(lockable(), piece.data(), piece.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    const std::string_view text(piece.data(), static_cast<std::size_t>(count));
    line += text.substr(0, text.find('\n'));
    if (text.find('\n') != std::string_view::npos) break;
    at += count;
  }
  return line;
}

int RowFile::append(std::string_view rows) const {
  std::optional<NoBrokenPipeSignal> quiet;
  if (!is_regular_) quiet.emplace();
  const off_t before = is_regular_ ? 0 : size_of(file_);
  std::string_view left = rows;
  const int error_number = write_all(file_, left);
  if (error_number != 0) {
    const auto written = static_cast<off_t>(rows.size() - left.size());
    const off_t size = size_of(file_);
    // Whoever appends to a file of their own holds its lock: the last bytes are these rows' own.
    // Where others may have written they are, if the file has grown by them alone.
    if (size >= written && (is_regular_ || size == before + written)) {
      static_cast<void>(!ftruncate(file_, size - written));
      lseek(file_, size - written, SEEK_SET);
    }
  }
  return error_number;
}

int RowFile::append_header(std::string_view header) const {
  const std::string there = first_line();
  if (is_regular_) return there.empty() ? append(header) : 0;
  return there + "\n" != header || is_at_start() ? append(header) : 0;
}

// A descriptor that writes over the file that was there.
bool RowFile::is_at_start() const {
  return (fcntl(file_, F_GETFL) & O_APPEND) == 0 && lseek(file_, 0, SEEK_CUR) == 0;
}

}  // namespace zeus
