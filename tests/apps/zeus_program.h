// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The built `zeus` program, run as a user would: in a process of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zeus::testing {

struct RunOptions {
  std::filesystem::path program = ZEUS_COMMAND;
  // Set in, or taken out of, the environment of the test.
  std::map<std::string, std::optional<std::string>> environment{};
  bool without_sys_admin = false;  // as in a container: root, but not CAP_SYS_ADMIN
  std::optional<uid_t> user{};     // instead of the test's; takes root
  bool no_new_rights = false;      // as a container with no-new-privileges
  bool on_terminal = false;        // output and error go to a pseudo-terminal
  int rows = 24, columns = 80;     // of the terminal
  std::filesystem::path output{};  // where standard output goes; empty: kept
};

// The outcome of a run that ended. `status` is the exit code, or 128 + the signal that killed it.
struct Outcome {
  int status = -1;
  std::string out;  // on a terminal: everything
  std::string err;

  // The lines of standard error.
  [[nodiscard]] std::vector<std::string> error_lines() const;
};

class RunningZeus {
 public:
  explicit RunningZeus(const std::vector<std::string>& arguments, const RunOptions& options = {});
  RunningZeus(const RunningZeus&) = delete;
  RunningZeus& operator=(const RunningZeus&) = delete;
  ~RunningZeus();  // kills what still runs

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Types on its terminal.
  void type(const std::string& keys) const;

  // Reads on until `is_there`, asked after each piece of output and now and then, is true. False
  // when the program ended before, or after a minute.
  bool wait_until(const std::function<bool(const std::string& out)>& is_there);

  // Reads to the end.
  Outcome wait();

 private:
  // False at the end of both outputs.
  bool read_some(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Outcome outcome_;
};

[[nodiscard]] Outcome run_zeus(const std::vector<std::string>& arguments,
                               const RunOptions& options = {});

// The environment in which a program finds the simulated driver instead of the machine's own.
[[nodiscard]] std::map<std::string, std::optional<std::string>> simulated_driver(
    const std::filesystem::path& scenario, const std::filesystem::path& state);

// The text without colours and cursor movements.
[[nodiscard]] std::string without_escapes(const std::string& text);

}  // namespace zeus::testing
