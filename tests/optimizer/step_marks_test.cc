// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_marks.h"

#include <gtest/gtest.h>

namespace zeus::testing {
namespace {

TEST(StepMarks, a_loop_that_marks_both_ends_of_a_step_is_interrupted_by_a_missing_end) {
  StepMarks marks;
  EXPECT_FALSE(marks.begin());
  EXPECT_FALSE(marks.is_interrupted()) << "it is not known yet whether ends are marked";
  EXPECT_FALSE(marks.end());
  EXPECT_FALSE(marks.begin());
  EXPECT_TRUE(marks.is_interrupted());
  EXPECT_TRUE(marks.begin());
}

TEST(StepMarks, a_loop_that_marks_begins_only_is_never_interrupted) {
  StepMarks marks;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(marks.begin());
    EXPECT_FALSE(marks.is_interrupted());
  }
  EXPECT_TRUE(marks.last_step_is_complete());
}

TEST(StepMarks, a_loop_that_marks_ends_only_has_them_taken_for_begins) {
  StepMarks marks;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(marks.end());
  EXPECT_FALSE(marks.last_step_is_complete()) << "the next one hasn't begun";
}

TEST(StepMarks, a_loop_that_skips_ends_all_the_time_is_not_believed_any_more) {
  StepMarks marks;
  marks.begin();
  marks.end();
  int interruptions = 0;
  for (int i = 0; i < 10; ++i) {
    marks.begin();
    if (marks.is_interrupted()) {
      ++interruptions;
      marks.note_interruption();
    }
  }
  EXPECT_EQ(interruptions, 3);
  marks.note_progress();
  EXPECT_TRUE(marks.is_interrupted()) << "believed again";
}

}  // namespace
}  // namespace zeus::testing
