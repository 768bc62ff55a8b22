// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The first line of a request, "METHOD TARGET", is either taken or refused with a status and one
// line that can be printed. What is taken is within its bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "zeus/daemon/server/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const std::size_t blank = std::min(line.find(' '), line.size());
  try {
    const zeus::daemon::Request request = zeus::daemon::parse_request(
        line.substr(0, blank), line.substr(std::min(blank + 1, line.size())));
    if (zeus::daemon::name_of(request.endpoint).empty()) std::abort();
    if (request.devices && (request.devices->empty() || request.devices->size() > 256)) {
      std::abort();
    }
    if (std::max({request.power_limit_mw, request.min_clock_mhz, request.max_clock_mhz}) >
        1'000'000'000) {
      std::abort();
    }
  } catch (const zeus::daemon::RequestError& error) {
    const std::string_view sentence = error.what();
    const bool is_printable =
        std::ranges::all_of(sentence, [](unsigned char c) { return c >= 0x20 && c <= 0x7e; });
    if (error.status() < 400 || error.status() > 414 || sentence.empty() || !is_printable) {
      std::abort();
    }
  }
  return 0;
}
