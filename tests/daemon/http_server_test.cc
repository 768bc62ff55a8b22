// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The server by itself, with limits that a test can wait for.
#include "zeus/daemon/server/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/zeusd.h"
#include "zeus/daemon/server/listening_socket.h"

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;
using zeus::testing::comes_true;
using zeus::testing::HttpConnection;

class HttpServerTest : public ::testing::Test {
 protected:
  void serve(const HttpLimits& limits) {
    server_ = std::make_unique<HttpServer>(
        socket_.descriptor(), limits,
        HttpHandlers{.answer =
                         [](const Caller& caller, std::string_view, std::string_view target) {
                           return Answer{.body = std::to_string(caller.peer.process->pid) +
                                                 std::string(target)};
                         },
                     .on_disconnect = [this](std::uint64_t) { ++ended_; }});
  }

  zeus::testing::TemporaryFolder folder_;
  const std::string path_ = (folder_ / "s").string();
  ListeningSocket socket_{SocketOptions{.path = path_}};
  std::atomic<int> ended_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, a_request_reaches_the_handler_with_who_sent_it) {
  serve({});
  HttpConnection connection(path_);
  EXPECT_EQ(connection.ask("GET", "/a?b=%20").body, std::to_string(getpid()) + "/a?b=%20");
  EXPECT_EQ(connection.ask("GET", "/c").body, std::to_string(getpid()) + "/c");
}

TEST_F(HttpServerTest, who_sends_a_request_a_byte_at_a_time_is_ended_and_others_are_served) {
  serve({.first_request = milliseconds(300)});
  HttpConnection slow(path_);
  HttpConnection silent(path_);
  const std::string request = "GET /" + std::string(4000, 'a');
  bool is_ended = false;
  for (const char each : request) {
    if (is_ended = !slow.send(std::string(1, each)) || slow.is_ended(milliseconds(50)); is_ended) {
      break;
    }
    EXPECT_EQ(HttpConnection(path_).ask("GET", "/").status, 200);
  }
  EXPECT_TRUE(is_ended);
  EXPECT_TRUE(silent.is_ended());
  EXPECT_TRUE(comes_true([this] { return server_->counts().connections == 0; }));
  EXPECT_EQ(server_->counts().too_slow, 2U);
}

TEST_F(HttpServerTest, a_body_that_comes_slowly_is_ended_too) {
  serve({.first_request = milliseconds(300)});
  HttpConnection slow(path_);
  slow.send("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 1000\r\n\r\n");
  bool is_ended = false;
  for (int i = 0; i < 400 && !is_ended; ++i) {
    is_ended = !slow.send("a") || slow.is_ended(milliseconds(50));
  }
  EXPECT_TRUE(is_ended);
}

TEST_F(HttpServerTest, a_connection_may_rest_between_requests_but_not_for_ever) {
  serve({.first_request = milliseconds(20'000), .next_request = milliseconds(2000)});
  HttpConnection connection(path_);
  EXPECT_EQ(connection.ask("GET", "/").status, 200);
  EXPECT_FALSE(connection.is_ended(milliseconds(100)));
  EXPECT_EQ(connection.ask("GET", "/").status, 200);
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(HttpServerTest, there_are_so_many_connections_and_no_more) {
  serve({.connections = 3});
  std::vector<std::unique_ptr<HttpConnection>> some;
  for (int i = 0; i < 3; ++i) {
    some.push_back(std::make_unique<HttpConnection>(path_));
    EXPECT_EQ(some.back()->ask("GET", "/").status, 200);
  }
  HttpConnection another(path_);
  EXPECT_TRUE(another.is_ended() || another.ask("GET", "/").status == 0);
  some.clear();
  EXPECT_TRUE(comes_true([this] { return HttpConnection(path_).ask("GET", "/").status == 200; }));
}

TEST_F(HttpServerTest, the_end_of_each_connection_is_told) {
  serve({});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(HttpConnection(path_).ask("GET", "/").status, 200);
  }
  EXPECT_TRUE(comes_true([this] { return ended_ == 5; }));
}

}  // namespace
}  // namespace zeus::daemon
