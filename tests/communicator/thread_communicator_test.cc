// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the other tests rely on: ranks that are threads keep Communicator's contract.
#include "tests/communicator/thread_communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace zeus {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using testing::ThreadWorld;

TEST(ThreadCommunicator, messages_are_heard_while_a_rank_is_missing) {
  const auto world = ThreadWorld::of(3);
  const auto first = world->rank(0)->exchange("a");
  const auto last = world->rank(2)->exchange(std::string("c\0", 2));
  EXPECT_EQ(first->poll(), std::nullopt);
  EXPECT_THAT(first->poll(2), Optional(std::string("c\0", 2)));
  EXPECT_EQ(first->poll(1), std::nullopt);
  const auto middle = world->rank(1)->exchange("");
  for (const auto& pending : {first.get(), last.get(), middle.get()}) {
    EXPECT_THAT(pending->poll(), Optional(ElementsAre("a", "", std::string("c\0", 2))));
  }
}

TEST(ThreadCommunicator, pairs_the_nth_exchange_with_the_nth_whoever_is_ahead) {
  const auto world = ThreadWorld::of(2);
  const auto ahead = world->rank(0);
  const auto behind = world->rank(1);
  const auto first = ahead->exchange("1");
  const auto second = ahead->exchange("2");
  EXPECT_THAT(behind->exchange("one")->poll(), Optional(ElementsAre("1", "one")));
  EXPECT_THAT(first->poll(), Optional(ElementsAre("1", "one")));
  EXPECT_EQ(second->poll(), std::nullopt);
  EXPECT_THAT(behind->exchange("two")->poll(), Optional(ElementsAre("2", "two")));
  EXPECT_THAT(second->poll(), Optional(ElementsAre("2", "two")));
}

TEST(ThreadCommunicator, gathers_texts_in_rank_order_and_names_a_missing_rank) {
  const auto world = ThreadWorld::of(2);
  const auto first = world->rank(0);
  const auto second = world->rank(1);
  std::vector<std::string> texts;
  std::thread other([&] { texts = second->gather("b", Seconds(60)); });
  EXPECT_THAT(first->gather("a", Seconds(60)), ElementsAre("a", "b"));
  other.join();
  EXPECT_THAT(texts, ElementsAre("a", "b"));
  EXPECT_THROW(static_cast<void>(first->gather("again", Seconds(0))), ZeusCommunicatorError);
  EXPECT_THROW(static_cast<void>(second->gather("late", Seconds(60))), ZeusCommunicatorError);
}

}  // namespace
}  // namespace zeus
