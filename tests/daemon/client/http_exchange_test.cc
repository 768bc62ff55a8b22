// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/http_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "tests/daemon/client/fake_daemon.h"

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::FakeDaemon;
using testing::http_answer;

constexpr milliseconds kPatience{20'000};

// What the exchange with a server that sends this comes to.
std::string outcome_of(const std::string& sent) {
  const FakeDaemon server([&](const std::string&) { return sent; });
  try {
    const HttpAnswer answer = exchange_http(server.path(), "GET", "/time", kPatience);
    return std::to_string(answer.status) + " " + answer.body;
  } catch (const HttpExchangeError& error) {
    return error.what();
  }
}

TEST(HttpExchange, asks_in_one_line_and_takes_status_and_body) {
  const FakeDaemon server([](const std::string&) { return http_answer(403, "{\"error\": 1}"); });
  const HttpAnswer answer = exchange_http(server.path(), "POST", "/a?b=c&d=1,2", kPatience);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body, "{\"error\": 1}");
  EXPECT_THAT(server.requests(), ElementsAre("POST /a?b=c&d=1,2"));
}

TEST(HttpExchange, takes_what_other_servers_send) {
  EXPECT_EQ(outcome_of("HTTP/1.0 200 OK\r\n\r\nno length"), "200 no length");
  EXPECT_EQ(outcome_of("HTTP/1.1 204 \r\nX: content-length: 7\r\n\r\n"), "204 ");
}

TEST(HttpExchange, says_in_words_what_came_instead_of_an_answer) {
  EXPECT_EQ(outcome_of(""), "it ended the connection without an answer");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Le"), "its answer broke off");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
            "its answer broke off");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\nshort"),
            "its answer broke off");
  EXPECT_EQ(outcome_of("220 mail.example.com ESMTP\r\n\r\n"),
            "what answers there doesn't speak HTTP");
  EXPECT_EQ(outcome_of("HTTP/1.1 2\r\n\r\n"), "what answers there doesn't speak HTTP");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(1'100'000, 'x')),
            "the answer is too long");
}

TEST(HttpExchange, says_why_nobody_is_there) {
  const auto why = [](const std::string& path) -> std::string {
    try {
      (void)exchange_http(path, "GET", "/", kPatience);
      return "an answer";
    } catch (const HttpExchangeError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(why("/nowhere/zeusd.sock"), "No such file or directory");
  EXPECT_EQ(why("/dev/null"), "Connection refused");
  EXPECT_EQ(why(std::string(200, 'a')), "this can't be the path of a socket");
  EXPECT_EQ(why(""), "this can't be the path of a socket");
}

TEST(HttpExchange, waits_no_longer_than_it_may) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "silent.sock").string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(socket, 0), 0);            // accepts nobody
  for (int client = 0; client < 3; ++client) {  // those after the first can't even connect
    EXPECT_THROW((void)exchange_http(path, "GET", "/", milliseconds(20)), HttpExchangeError);
  }
  ::close(socket);
}

}  // namespace
}  // namespace zeus::daemon
