// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Listens on a Unix socket and sends to each client what the test says, whatever that may be.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/temporary_folder.h"

namespace zeus::testing {

// A whole answer in HTTP.
inline std::string http_answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nContent-Type: application/json\r\ncontent-length:  " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

class FakeDaemon {
 public:
  // `answer`: to a request's first line, without "HTTP/1.0".
  explicit FakeDaemon(std::function<std::string(const std::string& request)> answer)
      : answer_(std::move(answer)), path_((folder_ / "zeusd.sock").string()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(socket_, 16) != 0) {
      throw std::runtime_error("there is no socket for the fake daemon");
    }
    thread_ = std::jthread([this] { serve(); });
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (true) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      std::string request;
      std::array<char, 4096> piece{};
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = ::recv(client, piece.data(), piece.size(), 0);
        if (count <= 0) break;
        request.append(piece.data(), static_cast<std::size_t>(count));
      }
      const std::string line = request.substr(0, request.find(" HTTP/1.0\r\n"));
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(line);
      }
      const std::string answer = answer_(line);
      for (std::size_t at = 0; at < answer.size(); at += 7) {  // in pieces
        ::send(client, answer.data() + at, std::min<std::size_t>(7, answer.size() - at),
               MSG_NOSIGNAL);
      }
      ::close(client);
    }
  }

  TemporaryFolder folder_;
  const std::function<std::string(const std::string&)> answer_;
  const std::string path_;
  int socket_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace zeus::testing
