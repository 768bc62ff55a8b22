// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/listening_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "zeus/error.h"
#include "zeus/regular_file.h"

namespace zeus::daemon {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw ZeusFileError(fmt::format("cannot listen at '{}': {}", path.string(), why));
}

[[noreturn]] void fail(const fs::path& path, int error) {
  fail(path, std::generic_category().message(error));
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    fail(path,
         fmt::format("the path of a socket has 1 to {} characters", sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

int new_socket() {
  return above_standard_streams(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// The process that listens there; nothing where nobody does.
std::optional<int> listener(const sockaddr_un& address) {
  const int probe = new_socket();
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ucred other{};
  socklen_t size = sizeof other;
  // EAGAIN: it listens and has much to do.
  const bool is_there = result == 0 || errno == EAGAIN;
  if (result == 0) ::getsockopt(probe, SOL_SOCKET, SO_PEERCRED, &other, &size);
  ::close(probe);
  if (!is_there) return std::nullopt;
  return other.pid;
}

void clear_the_way(const fs::path& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    fail(path, errno);
  }
  if (!S_ISSOCK(info.st_mode)) fail(path, "there is a file which is no socket");
  if (const auto other = listener(address)) {
    fail(path, fmt::format("another daemon answers there (process {})", *other));
  }
  if (::unlink(path.c_str()) != 0) fail(path, errno);
}

}  // namespace

ListeningSocket::ListeningSocket(const SocketOptions& options) : path_(options.path) {
  const sockaddr_un address = address_of(path_);
  const fs::path lock_path = path_.string() + ".lock";
  lock_ = above_standard_streams(
      ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock_ < 0)
    fail(path_, fmt::format("cannot open '{}': {}", lock_path.string(),
                            std::generic_category().message(errno)));
  try {
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const auto other = listener(address);
      fail(path_, other ? fmt::format("another daemon answers there (process {})", *other)
                        : std::string("another daemon is just starting there"));
    }
    clear_the_way(path_, address);
    socket_ = new_socket();
    if (socket_ < 0) fail(path_, errno);
    const mode_t earlier = ::umask(0177);
    const int result = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    ::umask(earlier);
    if (result != 0) fail(path_, error);
    const uid_t user = options.user.value_or(static_cast<unsigned>(-1));
    const gid_t group = options.group.value_or(static_cast<unsigned>(-1));
    if (::lchown(path_.c_str(), user, group) != 0) fail(path_, errno);
    if (::chmod(path_.c_str(), options.permissions) != 0) fail(path_, errno);
    if (::listen(socket_, SOMAXCONN) != 0) fail(path_, errno);
  } catch (...) {
    if (socket_ >= 0) ::close(socket_);
    ::close(lock_);
    throw;
  }
}

ListeningSocket::~ListeningSocket() {
  if (!path_.empty()) ::unlink(path_.c_str());
  if (socket_ >= 0) ::close(socket_);
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace zeus::daemon
