// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "apps/command_line.h"

namespace zeus::apps {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

int fail(int code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fprintf(stderr, "zeus: %s\n", message.c_str());
  return code;
}

int main(int argc, char** argv) {
  try {
    const int code = parse_command_line(argc, argv)();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return code != 0 ? code : fail(kFailure, "the output could not be written");
    }
    return code;
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const std::exception& error) {
    return fail(kFailure, error.what());
  }
}

}  // namespace
}  // namespace zeus::apps

int main(int argc, char** argv) { return zeus::apps::main(argc, argv); }
