// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace zeus::apps {
namespace {

std::array<bool, 3> closed_streams{};

}  // namespace

void fill_closed_streams() {
  for (int stream = 0; stream < static_cast<int>(closed_streams.size()); ++stream) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    closed_streams.at(static_cast<std::size_t>(stream)) = true;
    // The lowest free number is this one. The other direction, so that reading and writing fail.
    const int direction = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    static_cast<void>(open("/dev/null", direction | O_CLOEXEC));
  }
}

bool was_closed(int descriptor) { return closed_streams.at(static_cast<std::size_t>(descriptor)); }

}  // namespace zeus::apps
