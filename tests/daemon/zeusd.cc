// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/zeusd.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "simulator/api/simulator.h"
#include "tests/paths.h"
#include "zeus/guard/setting_journal.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace zeus::testing {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool comes_true(const std::function<bool()>& is_true, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (!is_true()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

nlohmann::json HttpAnswer::json() const { return nlohmann::json::parse(body, nullptr, false); }

std::string HttpAnswer::error() const { return json().value("error", ""); }

std::string HttpAnswer::error_of(const std::string& id) const {
  return json().value("errors", nlohmann::json::object()).value(id, "");
}

HttpConnection::HttpConnection(const std::string& path) {
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(),
              std::min(path.size() + 1, sizeof address.sun_path - 1));
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

HttpConnection::~HttpConnection() {
  if (socket_ >= 0) ::close(socket_);
}

bool HttpConnection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += static_cast<std::size_t>(size);
  }
  return true;
}

bool HttpConnection::fill(milliseconds patience) {
  if (!is_connected()) return false;
  pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return false;
  char room[4096];
  const ssize_t size = ::recv(socket_, room, sizeof room, 0);
  if (size <= 0) return false;
  bytes_.append(room, static_cast<std::size_t>(size));
  return true;
}

HttpAnswer HttpConnection::read_answer() {
  HttpAnswer answer;
  std::size_t end = 0;
  while ((end = bytes_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(kLate)) return answer;
  }
  answer.head = bytes_.substr(0, end);
  bytes_.erase(0, end + 4);
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  const std::size_t at = answer.head.find("Content-Length: ");
  if (at == std::string::npos) {
    while (fill(kLate)) {
    }
    answer.body = std::exchange(bytes_, {});
    return answer;
  }
  const auto size = static_cast<std::size_t>(std::atoll(answer.head.c_str() + at + 16));
  while (bytes_.size() < size && fill(kLate)) {
  }
  answer.body = bytes_.substr(0, size);
  bytes_.erase(0, size);
  return answer;
}

HttpAnswer HttpConnection::ask(const std::string& method, const std::string& target) {
  send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
       (method == "POST" ? "Content-Length: 0\r\n" : "") + "\r\n");
  return read_answer();
}

std::string HttpConnection::read_until(const std::string& text, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (bytes_.find(text) == std::string::npos) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0 || !fill(left)) break;
  }
  return bytes_;
}

bool HttpConnection::is_ended(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (steady_clock::now() < deadline) {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 50) <= 0) continue;
    char room[4096];
    if (::recv(socket_, room, sizeof room, 0) <= 0) return true;
  }
  return false;
}

namespace {

// Both ends of pipes carry "SIZE\nTEXT".
void write_text(int file, const std::string& text) {
  const std::string whole = std::to_string(text.size()) + "\n" + text;
  [[maybe_unused]] const ssize_t written = ::write(file, whole.data(), whole.size());
}

bool read_text(int file, std::string& text) {
  std::string digits;
  char letter = 0;
  while (::read(file, &letter, 1) == 1 && letter != '\n') digits += letter;
  if (letter != '\n') return false;
  text.assign(static_cast<std::size_t>(std::atoll(digits.c_str())), '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t size = ::read(file, text.data() + got, text.size() - got);
    if (size <= 0) return false;
    got += static_cast<std::size_t>(size);
  }
  return true;
}

[[noreturn]] void be_a_client(const std::string& path, uid_t user, const std::string& root,
                              int orders, int answers) {
  if (root == "/") {
    if (::unshare(CLONE_NEWNS) != 0) ::_exit(1);
  } else if (!root.empty() && (::chroot(root.c_str()) != 0 || ::chdir("/") != 0)) {
    ::_exit(1);
  }
  if (user != 0 && (::setgid(user) != 0 || ::setuid(user) != 0)) ::_exit(1);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto connection = std::make_unique<HttpConnection>(path);
  std::string order;
  while (read_text(orders, order)) {
    if (order == "disconnect") {
      connection.reset();
      write_text(answers, "0\n");
      continue;
    }
    if (!connection) connection = std::make_unique<HttpConnection>(path);
    const std::size_t blank = order.find(' ');
    const HttpAnswer answer = connection->ask(order.substr(0, blank), order.substr(blank + 1));
    write_text(answers, std::to_string(answer.status) + "\n" + answer.body);
  }
  ::_exit(0);
}

}  // namespace

ClientProcess::ClientProcess(const std::string& path, uid_t user, const std::string& root) {
  int orders[2];
  int answers[2];
  if (::pipe2(orders, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(orders[1]);
    be_a_client(path, user, root, orders[0], answers[1]);
  }
  ::close(orders[0]);
  ::close(answers[1]);
  orders_ = orders[1];
  answers_ = answers[0];
}

ClientProcess::~ClientProcess() {
  kill();
  ::close(orders_);
  ::close(answers_);
}

HttpAnswer ClientProcess::ask(const std::string& method, const std::string& target) {
  std::string order = method;
  if (!target.empty()) order += " " + target;
  write_text(orders_, order);
  std::string text;
  HttpAnswer answer;
  if (!read_text(answers_, text)) return answer;
  const std::size_t end = text.find('\n');
  answer.status = std::atoi(text.c_str());
  answer.body = text.substr(end + 1);
  return answer;
}

HttpAnswer ClientProcess::set_limit(const std::string& gpus, int milliwatts,
                                    const std::string& more) {
  return ask("POST", "/gpu/set_power_limit?block=true&gpu_ids=" + gpus +
                         "&power_limit_mw=" + std::to_string(milliwatts) + more);
}

void ClientProcess::disconnect() { ask("disconnect", ""); }

void ClientProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

Zeusd::Zeusd(std::string socket, const std::vector<std::string>& words)
    : log_file_(socket + ".log") {
  std::vector<std::string> all{ZEUSD, "serve", "--socket-path", socket};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  arguments.reserve(all.size() + 1);
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file_.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  is_serving_ = comes_true([&] {
                  int status = 0;
                  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
                    pid_ = -1;
                    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
                    return true;
                  }
                  return HttpConnection(socket).ask("GET", "/time").status == 200;
                }) &&
                pid_ > 0;
}

Zeusd::~Zeusd() { end(SIGKILL); }

std::string Zeusd::log() const { return zeus::testing::read_text(log_file_); }

int Zeusd::end(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
  return wait();
}

int Zeusd::wait() {
  if (pid_ <= 0) return code_;
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void Zeusd::hang_up() const { ::kill(pid_, SIGHUP); }

void ZeusdTest::SetUpTestSuite() {
  ::setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);  // for zeusd
  simulator::load(ZEUS_SIMULATOR_DIR);
}

void ZeusdTest::make(int gpus, const std::string& json) {
  zeusd_.reset();
  machine_.reset();
  simulated_.reset();  // or it would put the variables back that the next one sets
  simulator::SimulatedMachineOptions options;
  options.gpus = gpus;
  options.virtual_clock = false;
  options.json = json;
  simulated_ = std::make_unique<simulator::SimulatedMachine>(options);
  machine_ = std::make_unique<Machine>(MachineOptions{});
}

void ZeusdTest::start(const std::vector<std::string>& words) {
  zeusd_.reset();
  zeusd_ = std::make_unique<Zeusd>(socket(), words);
  ASSERT_TRUE(zeusd_->is_serving()) << zeusd_->log();
}

std::string ZeusdTest::policy(const std::string& text) const {
  const std::filesystem::path file = folder_ / "policy.toml";
  zeus::testing::write_text(file, text);
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  return file.string();
}

HttpAnswer ZeusdTest::get(const std::string& target) const {
  return HttpConnection(socket()).ask("GET", target);
}

std::size_t ZeusdTest::journal_entries() const {
  std::vector<std::string> troubles;
  return SettingJournal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot()).read_all(troubles).size();
}

}  // namespace zeus::testing
