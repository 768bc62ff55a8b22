// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells a signal that was sent to this process alone from one that was sent to its whole process
// group or control group: a second process beside it, which does nothing but keep the signals that
// reach it. A signal itself says nothing of that: a batch system's comes from outside, and has the
// sender's process id either way.
#pragma once

#include <sys/types.h>

namespace zeus::apps {

class GroupWitness {
 public:
  // Starts the process. What it shall notice must be blocked in the calling thread. To be made
  // before there are drivers and threads. Where there is no process for it, it has seen nothing.
  GroupWitness();
  GroupWitness(const GroupWitness&) = delete;
  GroupWitness& operator=(const GroupWitness&) = delete;
  ~GroupWitness();  // the process ends, as it does when this one is killed

  // False where there is no such process, or it does not answer any more.
  [[nodiscard]] bool is_watching() const { return channel_ >= 0; }

  // Whether the signal has reached it, too, since this was last asked.
  [[nodiscard]] bool has_seen(int number);

 private:
  void close_channel();

  int channel_ = -1;
  pid_t pid_ = -1;
};

}  // namespace zeus::apps
