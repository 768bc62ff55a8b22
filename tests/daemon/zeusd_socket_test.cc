// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The socket's file, what systemd says and hears, and requests that are none.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/waiting_child.h"
#include "tests/daemon/zeusd.h"

namespace zeus::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class ZeusdSocketTest : public ZeusdTest {
 protected:
  ZeusdSocketTest() { start(); }
};

TEST_F(ZeusdSocketTest, the_sockets_file_is_for_its_group_alone_and_goes_at_the_end) {
  struct stat info {};
  ASSERT_EQ(::stat(socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0660U);
  EXPECT_EQ(zeusd_->end(SIGTERM), 0);
  EXPECT_FALSE(std::filesystem::exists(socket()));
  start({"--socket-permissions", "600", "--socket-gid", std::to_string(getgid())});
  ASSERT_EQ(::stat(socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(ZeusdSocketTest, the_variable_for_clients_does_not_make_the_daemon_one) {
  zeusd_->end(SIGTERM);
  ::setenv("ZEUSD_SOCK_PATH", socket().c_str(), 1);
  start();
  ::unsetenv("ZEUSD_SOCK_PATH");
  EXPECT_EQ(ClientProcess(socket()).ask("POST", "/lease/acquire?gpu_ids=0").status, 200);
}

TEST_F(ZeusdSocketTest, a_second_daemon_is_refused_with_the_firsts_process) {
  Zeusd second(socket());
  // It looks as if it served: the first one answers. It has ended all the same.
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.log(), HasSubstr("another daemon answers there (process " +
                                      std::to_string(zeusd_->pid()) + ")"));
  EXPECT_EQ(get("/time").status, 200);
}

TEST_F(ZeusdSocketTest, the_socket_of_a_daemon_that_was_killed_is_replaced_and_no_other_file) {
  zeusd_->end(SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(socket()));
  start();
  EXPECT_EQ(get("/time").status, 200);
  const std::string file = (folder_ / "precious").string();
  write_text(file, "precious");
  Zeusd refused(file);
  EXPECT_FALSE(refused.is_serving());
  EXPECT_THAT(refused.log(), HasSubstr("there is a file which is no socket"));
  EXPECT_EQ(read_text(file), "precious");
}

TEST_F(ZeusdSocketTest, tokens_and_tcp_are_refused_in_one_line) {
  Zeusd refused((folder_ / "other.sock").string(), {"--mode", "tcp"});
  EXPECT_FALSE(refused.is_serving());
  EXPECT_EQ(refused.wait(), 2);
  EXPECT_THAT(refused.log(), HasSubstr("listens at a Unix socket only"));
}

// So many connections at once, as that user, which are kept.
class Flood : public WaitingChild {
 public:
  Flood(const std::string& path, uid_t user, int count)
      : WaitingChild([&](const Wait& wait) {
          rlimit files{};
          ::getrlimit(RLIMIT_NOFILE, &files);
          files.rlim_cur = files.rlim_max;
          ::setrlimit(RLIMIT_NOFILE, &files);
          if (::setgid(user) != 0 || ::setuid(user) != 0) return;
          std::vector<std::unique_ptr<HttpConnection>> all;
          all.reserve(static_cast<std::size_t>(count));
          for (int i = 0; i < count; ++i) all.push_back(std::make_unique<HttpConnection>(path));
          wait();
        }) {}
};

TEST_F(ZeusdSocketTest, a_flood_of_connections_of_one_user_keeps_no_other_from_being_served) {
  if (getuid() != 0) GTEST_SKIP() << "only root can be several users";
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  start({"--socket-permissions", "666"});
  constexpr uid_t kFlooding = 65534;
  constexpr uid_t kOther = 1234;
  const auto connections = [this] {
    const std::string text = get("/metrics").body;
    return std::atoi(text.c_str() + text.find("\nzeusd_connections ") + 19);
  };
  {
    const Flood flood(socket(), kFlooding, 1500);
    ClientProcess other(socket(), kOther);
    EXPECT_EQ(other.set_limit("0", 150000).status, 200);
    EXPECT_TRUE(comes_true([&] { return connections() <= 768 + 2; })) << connections();
    EXPECT_GE(connections(), 768) << "what is allowed stays";
    EXPECT_THAT(get("/metrics").body,
                HasSubstr("\nzeusd_connections_ended_total{reason=\"many\"} "));
    EXPECT_EQ(ClientProcess(socket(), kFlooding).ask("GET", "/time").status, 0);
    EXPECT_EQ(other.set_limit("0", 160000).status, 200);
  }
  EXPECT_TRUE(comes_true([&] { return connections() <= 2; }));
  EXPECT_EQ(ClientProcess(socket(), kFlooding).ask("GET", "/time").status, 200);
}

TEST_F(ZeusdSocketTest, headers_that_are_too_long_are_refused_and_others_served) {
  HttpConnection connection(socket());
  connection.send("GET /time HTTP/1.1\r\nHost: l\r\nX: " + std::string(1'000'000, 'a') +
                  "\r\n\r\n");
  EXPECT_THAT(connection.read_answer().status, AnyOf(0, 400, 413, 431));
  HttpConnection long_target(socket());
  long_target.send("GET /time?" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: l\r\n\r\n");
  EXPECT_THAT(long_target.read_answer().status, AnyOf(0, 400, 414));
  EXPECT_EQ(get("/time?" + std::string(9000, 'a')).status, 414);
  EXPECT_EQ(get("/time").status, 200);
}

TEST_F(ZeusdSocketTest, a_body_of_100_mb_is_refused_before_it_is_sent_or_kept) {
  HttpConnection announced(socket());
  announced.send(
      "POST /gpu/set_power_limit?block=true&gpu_ids=0&power_limit_mw=150000 HTTP/1.1\r\n"
      "Host: l\r\nContent-Length: 100000000\r\n\r\n");
  EXPECT_EQ(announced.read_answer().status, 413);
  EXPECT_TRUE(announced.is_ended());
  HttpConnection chunked(socket());
  chunked.send("POST /lease/heartbeat HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1000\r\n" + std::string(4096, 'a') + "\r\n";
  std::size_t sent = 0;
  while (sent < 100'000'000 && chunked.send(chunk)) sent += chunk.size();
  EXPECT_LT(sent, 2'000'000U) << "it is read to the end";
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(get("/time").status, 200);
}

TEST_F(ZeusdSocketTest, a_small_body_is_read_and_dropped) {
  HttpConnection connection(socket());
  connection.send(
      "POST /gpu/set_power_limit?block=true&gpu_ids=0&power_limit_mw=250000 HTTP/1.1\r\n"
      "Host: l\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(connection.read_answer().status, 200);
  EXPECT_EQ(connection.ask("GET", "/time").status, 200) << "over the same connection";
}

TEST_F(ZeusdSocketTest, bytes_that_are_no_http_end_their_connection_alone) {
  for (const std::string& bytes :
       {std::string("hello\r\n\r\n"), std::string(5000, '\0'), std::string("GET\r\n\r\n"),
        std::string("GET /time HTTP/9.9\r\n\r\n"),
        std::string("POST /time HTTP/1.1\r\nContent-Length: -5\r\n\r\n"),
        std::string("\x16\x03\x01\x02")}) {
    HttpConnection connection(socket());
    connection.send(bytes);
    ::shutdown(connection.socket(), SHUT_WR);
    EXPECT_TRUE(connection.is_ended());
  }
  EXPECT_EQ(get("/time").status, 200);
}

// systemd's side of its protocols.
TEST_F(ZeusdSocketTest, the_service_manager_may_make_the_socket_and_hears_when_it_is_served) {
  const std::string path = (folder_ / "activated.sock").string();
  const std::string notify_path = (folder_ / "notify").string();
  const auto bound = [](const std::string& where, int type) {
    const int made = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, where.c_str(), where.size() + 1);
    EXPECT_EQ(::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return made;
  };
  const int listening = bound(path, SOCK_STREAM);
  ASSERT_EQ(::listen(listening, 10), 0);
  const int notified = bound(notify_path, SOCK_DGRAM);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("NOTIFY_SOCKET", notify_path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "200000", 1);
    ::dup2(listening, 3);
    ::execl(ZEUSD, ZEUSD, "serve", nullptr);
    ::_exit(1);
  }
  std::string heard;
  const auto hears = [&](const std::string& text) {
    return comes_true([&] {
      char room[256];
      const ssize_t size = ::recv(notified, room, sizeof room, MSG_DONTWAIT);
      if (size > 0) heard += std::string(room, static_cast<std::size_t>(size)) + "\n";
      return heard.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(hears("READY=1"));
  EXPECT_EQ(HttpConnection(path).ask("GET", "/time").status, 200);
  EXPECT_TRUE(hears("WATCHDOG=1"));
  ::kill(daemon, SIGTERM);
  EXPECT_TRUE(hears("STOPPING=1"));
  ::waitpid(daemon, nullptr, 0);
  EXPECT_TRUE(std::filesystem::exists(path)) << "it is the service manager's";
  ::close(listening);
  ::close(notified);
}

}  // namespace
}  // namespace zeus::testing
