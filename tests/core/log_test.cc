// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace zeus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { set_log_sink({}); }

  LogSink collector() {
    return [this](LogLevel, std::string_view logger, std::string_view text) {
      lines_.push_back(std::string(logger) + ": " + std::string(text));
    };
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, is_silent_until_a_sink_is_set) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_FALSE(log_enabled(level));
  }
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  log(LogLevel::kError, "zeus.test", "nobody hears this");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(LogTest, lines_of_the_level_and_above_reach_the_sink) {
  set_log_sink(collector(), LogLevel::kWarning);
  EXPECT_FALSE(log_enabled(LogLevel::kInfo));
  EXPECT_TRUE(log_enabled(LogLevel::kWarning));
  log(LogLevel::kDebug, "zeus.test", "debug");
  log(LogLevel::kInfo, "zeus.test", "info");
  log(LogLevel::kWarning, "zeus.test", "warning");
  log(LogLevel::kError, "zeus.test", "error");
  EXPECT_THAT(lines_, ElementsAre("zeus.test: warning", "zeus.test: error"));
}

TEST_F(LogTest, the_default_level_is_info) {
  set_log_sink(collector());
  log(LogLevel::kDebug, "zeus.test", "debug");
  log(LogLevel::kInfo, "zeus.test", "info");
  EXPECT_THAT(lines_, ElementsAre("zeus.test: info"));
}

TEST_F(LogTest, setting_a_sink_gives_back_the_one_that_was_there) {
  set_log_sink(collector());
  const LogSink earlier = set_log_sink({});
  EXPECT_FALSE(log_enabled(LogLevel::kError));
  ASSERT_TRUE(earlier);
  earlier(LogLevel::kInfo, "zeus.test", "still works");
  EXPECT_THAT(lines_, ElementsAre("zeus.test: still works"));
}

TEST_F(LogTest, what_a_sink_throws_is_dropped) {
  set_log_sink([](LogLevel, std::string_view, std::string_view) {
    throw std::runtime_error("the sink is broken");
  });
  EXPECT_NO_THROW(log(LogLevel::kError, "zeus.test", "line"));
}

TEST_F(LogTest, a_sink_may_log_itself) {
  set_log_sink([this](LogLevel, std::string_view, std::string_view text) {
    lines_.emplace_back(text);
    if (text == "outer") log(LogLevel::kInfo, "zeus.test", "inner");
  });
  log(LogLevel::kInfo, "zeus.test", "outer");
  EXPECT_THAT(lines_, ElementsAre("outer", "inner"));
}

TEST_F(LogTest, a_sink_hears_one_thread_at_a_time_and_every_line) {
  set_log_sink(collector());
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) log(LogLevel::kInfo, "zeus.test", "line");
      });
    }
  }
  EXPECT_EQ(lines_.size(), static_cast<std::size_t>(kThreads * kLines));
}

TEST_F(LogTest, a_forked_child_logs_though_a_thread_of_its_parent_was_in_the_sink) {
  std::promise<void> is_in_sink;
  std::promise<void> may_leave;
  set_log_sink([&, parent = getpid()](LogLevel, std::string_view, std::string_view) {
    if (getpid() != parent) return;
    is_in_sink.set_value();
    may_leave.get_future().wait();
  });
  std::thread other([] { log(LogLevel::kInfo, "zeus.test", "a long line"); });
  is_in_sink.get_future().wait();
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // a child that hangs is killed by it
    log(LogLevel::kInfo, "zeus.test", "a line of the child's");
    _exit(0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  may_leave.set_value();
  other.join();
  EXPECT_EQ(status, 0);
}

TEST_F(LogTest, the_ready_made_sink_writes_one_line_with_time_logger_and_level_to_standard_error) {
  ::testing::internal::CaptureStderr();
  log_to_stderr(LogLevel::kInfo);
  log(LogLevel::kDebug, "zeus.test", "too little to tell");
  log(LogLevel::kWarning, "zeus.test", "mind the gap");
  set_log_sink({});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              MatchesRegex(R"(\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\] )"
                           R"(\[zeus\.test\] \[warning\] mind the gap)"
                           "\n"));
}

TEST_F(LogTest, the_ready_made_sink_colours_the_level_on_a_terminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(grantpt(terminal) + unlockpt(terminal), 0);
  const int other_end = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  const int before = dup(STDERR_FILENO);
  dup2(other_end, STDERR_FILENO);
  log_to_stderr();
  log(LogLevel::kError, "zeus.test", "lost");
  set_log_sink({});
  dup2(before, STDERR_FILENO);
  std::array<char, 200> written{};
  const ssize_t count = read(terminal, written.data(), written.size());
  for (const int file : {before, other_end, terminal}) close(file);
  ASSERT_GT(count, 0);
  EXPECT_THAT(std::string(written.data(), static_cast<std::size_t>(count)),
              HasSubstr("[zeus.test] [\x1b[31m\x1b[1merror\x1b[m] lost"));
}

}  // namespace
}  // namespace zeus
