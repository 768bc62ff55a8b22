// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/fork_check.h"

#include <gtest/gtest.h>

#include "tests/in_child.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using zeus::testing::in_child;

TEST(ForkCheck, says_nothing_in_the_process_that_made_it) {
  const ForkCheck check;
  EXPECT_FALSE(check.forked());
  EXPECT_NO_THROW(check.require_same_process("This"));
}

TEST(ForkCheck, throws_in_a_child_and_names_what_was_forked) {
  const ForkCheck check;
  EXPECT_EQ(
      in_child([&]() -> std::string {
        try {
          check.require_same_process("This ZeusMonitor");
        } catch (const ZeusForkError& error) {
          return error.what();
        }
        return "no error";
      }),
      "This ZeusMonitor was made before this process was forked; make a new one in the child");
  EXPECT_FALSE(check.forked());  // the parent goes on
}

TEST(ForkCheck, one_made_in_the_child_works_there_and_not_in_the_grandchild) {
  [[maybe_unused]] const ForkCheck of_the_parent;
  EXPECT_EQ(in_child([]() -> std::string {
              const ForkCheck check;
              if (check.forked()) return "refused its own process";
              return in_child([&] { return check.forked() ? "refused" : "not noticed"; });
            }),
            "refused");
}

}  // namespace
}  // namespace zeus
