// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/single_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace zeus {
namespace {

using ::testing::ElementsAre;

TEST(SingleProcess, is_rank_zero_of_one) {
  const auto communicator = single_process();
  EXPECT_EQ(communicator->rank(), 0);
  EXPECT_EQ(communicator->world_size(), 1);
}

TEST(SingleProcess, gathers_its_own_text_without_waiting) {
  std::string mine = "a line\nand a zero ";
  mine += '\0';
  EXPECT_THAT(single_process()->all_gather(mine, Seconds(0)), ElementsAre(mine));
}

TEST(SingleProcess, a_reduction_is_complete_at_once_and_stays_so) {
  const auto communicator = single_process();
  const auto first = communicator->all_reduce({.energy = Joules(100), .time = Seconds(2)});
  const auto second = communicator->all_reduce({.energy = Joules(50), .time = Seconds(1)});
  for (int i = 0; i < 2; ++i) {
    const std::optional<RankTotals> totals = first->poll();
    ASSERT_TRUE(totals.has_value());
    EXPECT_EQ(totals->energy, Joules(100));
    EXPECT_EQ(totals->time, Seconds(2));
  }
  ASSERT_TRUE(second->poll().has_value());
  EXPECT_EQ(second->poll()->energy, Joules(50));
}

}  // namespace
}  // namespace zeus
