// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One HTTP request over a Unix socket and its answer. As HTTP/1.0: the answer ends where the
// connection does, so that nothing but its first line and its length is to be understood. That is
// all a client of zeusd needs, and Debian's HTTP clients bring a TLS library into every program.
#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zeus::daemon {

struct HttpAnswer {
  int status = 0;  // 200, 404, …
  std::string body;
};

// Nobody answered, or not in time, or not in HTTP. Says why, without naming the socket.
struct HttpExchangeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `target`: path and query, which hold no blanks. The answer may be up to 1 MB long.
[[nodiscard]] HttpAnswer exchange_http(const std::filesystem::path& socket, std::string_view method,
                                       std::string_view target, std::chrono::milliseconds patience);

}  // namespace zeus::daemon
