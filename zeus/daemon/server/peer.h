// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is at the other end of a Unix socket, as the kernel has it: nothing of it is the client's
// word.
#pragma once

#include <optional>
#include <vector>

#include "zeus/guard/journal_entry.h"

namespace zeus::daemon {

struct Peer {
  // Of who connected; nothing where it can't be told: it has ended, its number was given to
  // another process since, or it is in a PID namespace that this one doesn't see into.
  std::optional<JobIdentity> process;
  unsigned user = ~0U;
  std::vector<unsigned> groups;
  // It sees the GPUs that this process sees, so that their indices mean the same to both. A process
  // with another root folder, as in a container, may see others.
  bool shares_indices = true;
};

// Both look at a connected socket and never throw: what can't be told is not there.
//
// The user and the groups, which cost next to nothing.
[[nodiscard]] Peer identify_user(int socket);
// Adds the process, and what it sees: reads /proc and the process's /dev.
void identify_process(int socket, Peer& peer);

}  // namespace zeus::daemon
