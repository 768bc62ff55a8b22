// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How a loop marks its steps: by their begin and end, by the begin alone or by the end alone.
// Learns which, and so notices a step that was left by an exception. Pure.
#pragma once

namespace zeus {

class StepMarks {
 public:
  // A step begins. Returns whether the step before was interrupted: this loop marks the ends of its
  // steps, and that one's didn't come.
  bool begin() noexcept {
    const bool was_interrupted = is_interrupted();
    in_step_ = true;
    marks_begins_ = true;
    return was_interrupted;
  }

  // A step has ended. Returns whether this is to be taken for the begin of the next one, in a loop
  // that marks ends only.
  bool end() noexcept {
    in_step_ = false;
    marks_ends_ = true;
    return !marks_begins_;
  }

  // Whether the end of the step under way, if there is one, was to come before anything else.
  [[nodiscard]] bool is_interrupted() const noexcept {
    return in_step_ && marks_ends_ && interruptions_ < kTrusted;
  }

  // Whether the step that began last has ended once something else than a step comes.
  [[nodiscard]] bool last_step_is_complete() const noexcept { return marks_begins_; }

  // Whether end() says false: the loop marks the begins, too.
  [[nodiscard]] bool marks_begins() const noexcept { return marks_begins_; }

  // An interruption was acted upon: no step is under way. A loop that skips ends again and again
  // without being interrupted (`continue` before on_step_end) is not believed any more.
  void note_interruption() noexcept {
    in_step_ = false;
    ++interruptions_;
  }

  // A probe was finished: the loop can be believed.
  void note_progress() noexcept { interruptions_ = 0; }

  // What follows is no step.
  void leave() noexcept { in_step_ = false; }

 private:
  static constexpr int kTrusted = 3;

  bool in_step_ = false;
  bool marks_begins_ = false;
  bool marks_ends_ = false;
  int interruptions_ = 0;  // since the last probe was finished
};

}  // namespace zeus
