// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's Unix socket. A file that a daemon which is gone has left is replaced; where one
// answers, this one doesn't start.
#pragma once

#include <filesystem>
#include <optional>

namespace zeus::daemon {

struct SocketOptions {
  std::filesystem::path path;
  unsigned permissions = 0660;
  std::optional<unsigned> user{};
  std::optional<unsigned> group{};
};

class ListeningSocket {
 public:
  // Throws ZeusFileError with the reason.
  explicit ListeningSocket(const SocketOptions& options);
  // One that systemd has made (socket activation): its file stays.
  explicit ListeningSocket(int descriptor) : socket_(descriptor) {}
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket();

  [[nodiscard]] int descriptor() const { return socket_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;  // of a file beside the socket: two daemons that start at once
  int socket_ = -1;
};

}  // namespace zeus::daemon
