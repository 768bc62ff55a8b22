// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/apps/zeus_program.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "tests/paths.h"

namespace zeus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(60);

struct Pipe {
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  std::array<int, 2> ends{-1, -1};
};

// Between fork and exec.
[[noreturn]] void become(const std::vector<std::string>& arguments, const RunOptions& options) {
  for (const auto& [name, value] : options.environment) {
    if (value) {
      setenv(name.c_str(), value->c_str(), 1);
    } else {
      unsetenv(name.c_str());
    }
  }
  if (options.without_sys_admin) prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0);
  if (!options.output.empty()) {
    const int file = open(options.output.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(file, STDOUT_FILENO);
  }
  if (options.no_new_rights) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (options.user &&
      (setgroups(0, nullptr) != 0 || setgid(*options.user) != 0 || setuid(*options.user) != 0)) {
    _exit(127);
  }
  std::vector<std::string> words{options.program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(pointers.front(), pointers.data());
  _exit(127);
}

}  // namespace

std::vector<std::string> Outcome::error_lines() const {
  std::vector<std::string> lines;
  std::istringstream text(err);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

RunningZeus::RunningZeus(const std::vector<std::string>& arguments, const RunOptions& options) {
  if (options.on_terminal) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(options.rows);
    size.ws_col = static_cast<unsigned short>(options.columns);
    pid_ = forkpty(&out_, nullptr, nullptr, &size);
    if (pid_ == 0) become(arguments, options);
    if (pid_ < 0) throw std::runtime_error("no pseudo-terminal");
    return;
  }
  const Pipe out, err;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out.ends[1], STDOUT_FILENO);
    dup2(err.ends[1], STDERR_FILENO);
    become(arguments, options);
  }
  close(out.ends[1]);
  close(err.ends[1]);
  out_ = out.ends[0];
  err_ = err.ends[0];
}

RunningZeus::~RunningZeus() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

void RunningZeus::signal(int number) const { kill(pid_, number); }

void RunningZeus::type(const std::string& keys) const {
  if (write(out_, keys.data(), keys.size()) < 0) throw std::runtime_error("can't type");
}

bool RunningZeus::read_some(milliseconds patience) {
  std::array<pollfd, 2> polled{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (poll(polled.data(), polled.size(), static_cast<int>(patience.count())) <= 0) return true;
  for (const pollfd& ready : polled) {
    if (ready.revents == 0) continue;
    std::array<char, 4096> piece{};
    const ssize_t count = read(ready.fd, piece.data(), piece.size());
    if (count > 0) {
      (ready.fd == out_ ? outcome_.out : outcome_.err)
          .append(piece.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      // A terminal whose other end is closed answers EIO.
      int& closed = ready.fd == out_ ? out_ : err_;
      close(closed);
      closed = -1;
    }
  }
  return out_ >= 0 || err_ >= 0;
}

bool RunningZeus::wait_until(const std::function<bool(const std::string& out)>& is_there) {
  const auto deadline = steady_clock::now() + kPatience;
  while (!is_there(outcome_.out)) {
    if (!read_some(milliseconds(50)) || steady_clock::now() > deadline) return false;
  }
  return true;
}

Outcome RunningZeus::wait() {
  const auto deadline = steady_clock::now() + 2 * kPatience;
  while (read_some(milliseconds(100))) {
    if (steady_clock::now() > deadline) kill(pid_, SIGKILL);
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  outcome_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome_;
}

Outcome run_zeus(const std::vector<std::string>& arguments, const RunOptions& options) {
  return RunningZeus(arguments, options).wait();
}

std::map<std::string, std::optional<std::string>> simulated_driver(
    const std::filesystem::path& scenario, const std::filesystem::path& state) {
  return {{"LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR},
          {"ZEUS_SIMULATOR", scenario.string()},
          {"ZEUS_SIMULATOR_STATE", state.string()},
          {"CUDA_VISIBLE_DEVICES", std::nullopt},
          {"CUDA_DEVICE_ORDER", std::nullopt}};
}

std::string without_escapes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      plain += text[i];
      continue;
    }
    // "ESC [ parameters letter"
    i = text.find_first_of("ABCDEFGHJKSTfhlmsu", i + 2);
    if (i == std::string::npos) break;
  }
  return plain;
}

}  // namespace zeus::testing
