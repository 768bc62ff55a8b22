// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/http_exchange.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <system_error>

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 1'000'000;

[[noreturn]] void fail(int error_number) {
  throw HttpExchangeError(std::generic_category().message(error_number));
}

class Connection {
 public:
  Connection(const std::filesystem::path& path, milliseconds patience)
      : deadline_(steady_clock::now() + patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& name = path.native();
    if (name.empty() || name.size() >= sizeof(address.sun_path)) {
      throw HttpExchangeError("this can't be the path of a socket");
    }
    std::memcpy(address.sun_path, name.data(), name.size());
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) fail(errno);
    // A daemon with more to do than it can answers EAGAIN.
    while (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (error != EAGAIN || steady_clock::now() >= deadline_) {
        ::close(socket_);
        fail(error == EAGAIN ? ETIMEDOUT : error);
      }
      ::poll(nullptr, 0, 1);
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        wait_for(POLLOUT);
      } else if (errno != EINTR) {
        fail(errno);
      }
    }
  }

  // Up to the end of the connection.
  [[nodiscard]] std::string receive_all() {
    std::string all;
    std::array<char, 4096> piece{};
    while (true) {
      const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
      if (count == 0) return all;
      if (count > 0) {
        all.append(piece.data(), static_cast<std::size_t>(count));
        if (all.size() > kMostBytes) throw HttpExchangeError("the answer is too long");
      } else if (errno == EAGAIN) {
        wait_for(POLLIN);
      } else if (errno != EINTR) {
        fail(errno);
      }
    }
  }

 private:
  void wait_for(short what) {
    pollfd ready{.fd = socket_, .events = what, .revents = 0};
    const auto left =
        std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());  // else it would spin
    if (left.count() <= 0) fail(ETIMEDOUT);
    if (::poll(&ready, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) fail(errno);
  }

  const steady_clock::time_point deadline_;
  int socket_ = -1;
};

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "HTTP/1.1 200 OK", headers, an empty line, the body.
HttpAnswer parse_answer(std::string_view all) {
  const auto refuse = [](const char* why) { return HttpExchangeError(why); };
  const std::size_t end_of_head = all.find("\r\n\r\n");
  if (all.empty()) throw refuse("it ended the connection without an answer");
  if (end_of_head == std::string_view::npos) throw refuse("its answer broke off");
  HttpAnswer answer{.body = std::string(all.substr(end_of_head + 4))};
  std::string_view head = all.substr(0, end_of_head);
  constexpr std::size_t kStatusAt = 9;
  if (!head.starts_with("HTTP/1.") || head.size() < kStatusAt + 3 ||
      !parse(head.substr(kStatusAt, 3), answer.status)) {
    throw refuse("what answers there doesn't speak HTTP");
  }
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return answer;
    head.remove_prefix(end + 2);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (!is_same_word(line.substr(0, colon), "content-length")) continue;
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (value.starts_with(' ')) value.remove_prefix(1);
    std::size_t length = 0;
    if (!parse(value, length) || length != answer.body.size()) throw refuse("its answer broke off");
  }
}

}  // namespace

HttpAnswer exchange_http(const std::filesystem::path& socket, std::string_view method,
                         std::string_view target, milliseconds patience) {
  Connection connection(socket, patience);
  connection.send(
      fmt::format("{} {} HTTP/1.0\r\nHost: zeusd\r\nContent-Length: 0\r\n\r\n", method, target));
  return parse_answer(connection.receive_all());
}

}  // namespace zeus::daemon
