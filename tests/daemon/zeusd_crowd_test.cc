// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Many clients at once, half of which are killed in the middle of a request. ZEUS_CROWD: how many;
// 1000 take a minute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/daemon/zeusd.h"

namespace zeus::testing {
namespace {

constexpr int kGpus = 8;

// Half of the requests stop in the middle.
[[noreturn]] void be_one_of_many(const std::string& path, int number) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  HttpConnection connection(path);
  const std::string request =
      "POST /gpu/set_power_limit?block=true&gpu_ids=" + std::to_string(number % kGpus) +
      "&power_limit_mw=150000 HTTP/1.1\r\nHost: l\r\nContent-Length: 0\r\n\r\n";
  if (number % 2 == 0) {
    connection.send(request.substr(0, 20 + static_cast<std::size_t>(number) % 60));
    ::pause();
  }
  connection.send(request);
  const int status = connection.read_answer().status;
  ::_exit(status == 200 || status == 409 || status == 429 ? 0 : 1);
}

long resident_kb(pid_t process) {
  const std::string text = read_text("/proc/" + std::to_string(process) + "/status");
  const std::size_t at = text.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atol(text.c_str() + at + 6);
}

class ZeusdCrowdTest : public ZeusdTest {};

TEST_F(ZeusdCrowdTest, half_of_a_crowd_is_killed_and_nothing_is_lost) {
  const char* const wanted = std::getenv("ZEUS_CROWD");
  const int count = wanted != nullptr ? std::atoi(wanted) : 200;
  make(kGpus);
  start();
  const long before = resident_kb(zeusd_->pid());
  std::vector<pid_t> clients;
  for (int i = 0; i < count; ++i) {
    const pid_t client = ::fork();
    if (client == 0) be_one_of_many(socket(), i);
    clients.push_back(client);
    // Others are served meanwhile.
    if (i % 100 == 99) {
      EXPECT_EQ(get("/time").status, 200) << i;
    }
  }
  int failed = 0;
  for (int i = 0; i < count; ++i) {
    if (i % 2 == 0) ::kill(clients[static_cast<std::size_t>(i)], SIGKILL);
    int status = 0;
    ::waitpid(clients[static_cast<std::size_t>(i)], &status, 0);
    if (i % 2 == 1 && status != 0) ++failed;
  }
  EXPECT_EQ(failed, 0);
  for (std::size_t each = 0; each < kGpus; ++each) expect_limit(each, 250);
  EXPECT_TRUE(comes_true([this] { return get("/lease").json()["leases"].empty(); }));
  EXPECT_EQ(journal_entries(), 0U);
  EXPECT_TRUE(comes_true([this] {
    return get("/metrics").body.find("\nzeusd_connections 1\n") != std::string::npos;
  })) << "connections are left";
  const long after = resident_kb(zeusd_->pid());
  std::cout << count << " clients: " << before << " kB before, at most " << after << " kB\n";
#ifndef ZEUS_SANITIZED  // a sanitizer's own memory for each thread is several times that
  constexpr long kMostPerClient = 64;
  EXPECT_LT(after - before, 4096 + kMostPerClient * count);
#endif
}

}  // namespace
}  // namespace zeus::testing
