// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What zeus uses of fmt, to see whether fmt_code.cc gives all of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

int main() {
  std::string text = fmt::format("{} {:g} {:.3f} {:016x} {:>5}", 1, 1.5, 2.5F, 3UL, "a");
  fmt::format_to(std::back_inserter(text), "{} {}", 0.1, std::vector<int>{1});
  fmt::print(stderr, "{} {}", text, fmt::join(std::vector<std::string>{"a"}, ", "));
}
