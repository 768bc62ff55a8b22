// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Another program, run as if it were this one: it has the same standard streams and terminal, and
// gets the signals that this process is sent.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace zeus::apps {

// The program could not be run: exit code 127 where there is none, else 126.
class CommandError : public std::runtime_error {
 public:
  CommandError(const std::string& what, int code) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

struct ChildEnd {
  int exit_code = 0;
  std::optional<int> signal;  // what killed it
};

// Runs `command` (a path, or a name that PATH finds) with these variables besides this process's,
// and waits for its end. One at a time; no other thread may handle signals meanwhile. Throws
// CommandError.
[[nodiscard]] ChildEnd run_child(const std::vector<std::string>& command,
                                 const std::map<std::string, std::string>& environment);

// Ends this process as the child ended: returns its exit code, or dies of the same signal.
int end_as(const ChildEnd& end);

}  // namespace zeus::apps
