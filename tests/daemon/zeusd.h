// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// zeusd in a process of its own on a simulated machine, and clients that speak raw HTTP to it: from
// the test's process, and from processes of their own that can be killed.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "tests/temporary_folder.h"
#include "zeus/machine.h"

namespace zeus::testing {

// The tests and their compilers share few cores.
constexpr std::chrono::milliseconds kLate{20000};

bool comes_true(const std::function<bool()>& is_true, std::chrono::milliseconds patience = kLate);

struct HttpAnswer {
  int status = 0;  // 0: the connection ended without one
  std::string body;
  std::string head;

  [[nodiscard]] nlohmann::json json() const;
  [[nodiscard]] std::string error() const;
  // Of a write: what it says for that device.
  [[nodiscard]] std::string error_of(const std::string& id) const;
};

// A connection. Ended at destruction.
class HttpConnection {
 public:
  explicit HttpConnection(const std::string& path);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection();

  [[nodiscard]] bool is_connected() const { return socket_ >= 0; }
  [[nodiscard]] int socket() const { return socket_; }
  bool send(const std::string& bytes) const;
  // The next answer; without a length all that comes until the end of the connection.
  HttpAnswer read_answer();
  HttpAnswer ask(const std::string& method, const std::string& target);
  // What has come at the end of `patience`, or once it holds `text`.
  std::string read_until(const std::string& text, std::chrono::milliseconds patience = kLate);
  // Whether the other side ends it.
  bool is_ended(std::chrono::milliseconds patience = kLate);

 private:
  bool fill(std::chrono::milliseconds patience);

  int socket_ = -1;
  std::string bytes_;
};

// A client in a process of its own, which keeps a connection; killed at destruction.
class ClientProcess {
 public:
  // `user`: as whom it asks; `root`: in which folder it lives, as in a container; "/": in the same
  // one, but in a mount namespace of its own. Only root can choose.
  explicit ClientProcess(const std::string& path, uid_t user = 0, const std::string& root = {});
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;
  ~ClientProcess();

  HttpAnswer ask(const std::string& method, const std::string& target);
  HttpAnswer set_limit(const std::string& gpus, int milliwatts, const std::string& more = "");
  void disconnect();  // the process stays
  void kill();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int orders_ = -1;
  int answers_ = -1;
};

class Zeusd {
 public:
  // `words`: more of the command line.
  Zeusd(std::string socket, const std::vector<std::string>& words = {});
  Zeusd(const Zeusd&) = delete;
  Zeusd& operator=(const Zeusd&) = delete;
  ~Zeusd();

  [[nodiscard]] bool is_serving() const { return is_serving_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string log() const;  // what it has said so far
  // Sends the signal and waits for its end. Its exit code, or minus the signal.
  int end(int signal);
  // Waits for its end.
  int wait();
  void hang_up() const;  // SIGHUP

 private:
  std::string log_file_;
  pid_t pid_ = -1;
  int code_ = 0;
  bool is_serving_ = false;
};

// A simulated machine with a folder for sockets and policies, and the driver as others see it.
class ZeusdTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();

  ZeusdTest() { make(2); }
  void make(int gpus, const std::string& json = "{}");
  void start(const std::vector<std::string>& words = {});
  // Writes a policy as operators do, and gives its path.
  std::string policy(const std::string& text) const;

  [[nodiscard]] std::string socket() const { return (folder_ / "zeusd.sock").string(); }
  [[nodiscard]] HttpAnswer get(const std::string& target) const;
  [[nodiscard]] const std::shared_ptr<Gpu>& gpu(std::size_t index) const {
    return machine_->all_gpus()[index];
  }
  [[nodiscard]] std::string uuid(std::size_t index) const { return gpu(index)->info().uuid; }
  [[nodiscard]] double limit(std::size_t index) const { return gpu(index)->power_limit().value(); }
  [[nodiscard]] std::size_t journal_entries() const;
  void expect_limit(std::size_t index, double watts) const {
    EXPECT_TRUE(comes_true([&] { return limit(index) == watts; })) << limit(index) << " W";
  }

  TemporaryFolder folder_;
  std::unique_ptr<simulator::SimulatedMachine> simulated_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<Zeusd> zeusd_;
};

}  // namespace zeus::testing
