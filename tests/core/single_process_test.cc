// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/single_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace zeus {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(SingleProcess, is_rank_zero_of_one) {
  const auto communicator = single_process();
  EXPECT_EQ(communicator->rank(), 0);
  EXPECT_EQ(communicator->world_size(), 1);
}

TEST(SingleProcess, gathers_its_own_text_without_waiting) {
  std::string mine = "a line\nand a zero ";
  mine += '\0';
  EXPECT_THAT(single_process()->gather(mine, Seconds(0)), ElementsAre(mine));
}

TEST(SingleProcess, an_exchange_is_complete_at_once_and_stays_so) {
  const auto communicator = single_process();
  const std::string bytes("a zero \0 and \xff", 14);
  const auto first = communicator->exchange(bytes);
  const auto second = communicator->exchange("");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(first->poll(), Optional(ElementsAre(bytes)));
    EXPECT_THAT(first->poll(0), Optional(bytes));
  }
  EXPECT_THAT(second->poll(), Optional(ElementsAre("")));
}

}  // namespace
}  // namespace zeus
