// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// HTTP over a Unix socket (libmicrohttpd): a thread a connection, so that a driver that hangs keeps
// nobody waiting but who asked for it. Everything that a client can make large or slow is bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "zeus/daemon/server/answer.h"
#include "zeus/daemon/server/peer.h"

namespace zeus::daemon {

struct HttpLimits {
  unsigned connections = 1024;
  // Of one user other than root, so that others are served.
  unsigned connections_per_user = 768;
  std::size_t connection_memory = 16'384;  // request line and headers
  std::size_t body = 65'536;               // read and dropped: no request has a body
  // From the connection, or the last answer, to the end of a request's headers.
  std::chrono::milliseconds first_request{10'000};
  std::chrono::milliseconds next_request{60'000};
};

// A connected client.
struct Caller {
  std::uint64_t connection = 0;
  Peer peer;
};

struct HttpHandlers {
  // Called from the connection's thread. Must not throw.
  std::function<Answer(const Caller& caller, std::string_view method, std::string_view target)>
      answer;
  std::function<void(std::uint64_t connection)> on_disconnect;
};

class HttpServer {
 public:
  // Serves from now on. `socket` listens, and stays the caller's. Throws ZeusFileError.
  HttpServer(int socket, const HttpLimits& limits, HttpHandlers handlers);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // ends all connections

  // No connection is taken any more, and streams end.
  void stop_listening();

  struct Counts {
    std::uint64_t connections = 0;  // now
    std::uint64_t taken = 0;        // ever
    std::uint64_t too_slow = 0;     // ended for it
    std::uint64_t too_many = 0;     // refused
  };
  [[nodiscard]] Counts counts() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace zeus::daemon
