// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <exception>
#include <string>

#include "apps/command_line.h"
#include "apps/process/standard_streams.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

int fail(int code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  print_message("zeus: " + message + "\n");
  return code;
}

// As other programs end whose reader has gone; where that signal is ignored, with a message.
int fail(const OutputError& error) {
  if (error.is_broken_pipe()) std::raise(SIGPIPE);
  return fail(kFailure, error.what());
}

int main(int argc, char** argv) {
  fill_closed_streams();
  try {
    const int code = parse_command_line(argc, argv)();
    print("");  // what is still to be written
    return code;
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const OutputError& error) {
    return fail(error);
  } catch (const std::exception& error) {
    return fail(kFailure, error.what());
  }
}

}  // namespace
}  // namespace zeus::apps

int main(int argc, char** argv) { return zeus::apps::main(argc, argv); }
