// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The signals that ask a program to end (SIGINT, SIGTERM, SIGHUP, and SIGPIPE for an output that
// nobody reads), caught so that the program can put power limits back first. While an object of
// this class lives a signal only sets a flag; afterwards the signals do what they did before. One
// that is ignored (nohup) stays ignored. One object at a time.
#pragma once

#include <array>
#include <csignal>

namespace zeus::apps {

class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // The first signal that came; 0 when none did.
  [[nodiscard]] int received() const;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace zeus::apps
