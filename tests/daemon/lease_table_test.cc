// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr LeaseTerms kTerms{.heartbeat = milliseconds(100), .longest = milliseconds(0)};

LeaseTable::Wish wish(int pid, bool is_asked_for = false) {
  return {.holder = {.pid = pid, .start = 7}, .user = 1000, .is_asked_for = is_asked_for};
}

TEST(LeaseTableTest, a_gpu_has_one_holder_and_the_other_is_told_whom) {
  LeaseTable table(2);
  EXPECT_THAT(table.acquire({0}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  const auto refusals = table.acquire({0}, wish(2), kTerms, milliseconds(1));
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].lease.holder.pid, 1);
  EXPECT_FALSE(refusals[0].is_being_restored);
  EXPECT_THAT(table.acquire({1}, wish(2), kTerms, milliseconds(1)), IsEmpty());
}

TEST(LeaseTableTest, all_gpus_are_had_or_none) {
  LeaseTable table(3);
  EXPECT_THAT(table.acquire({1}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_EQ(table.acquire({0, 1, 2}, wish(2), kTerms, milliseconds(0)).size(), 1U);
  EXPECT_FALSE(table.lease(0));
  EXPECT_FALSE(table.lease(2));
}

TEST(LeaseTableTest, what_ended_is_nobodys_until_it_is_put_back) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_THAT(table.end_process({.pid = 1, .start = 7}), ElementsAre(0U));
  EXPECT_THAT(table.end_process({.pid = 1, .start = 7}), IsEmpty()) << "once";
  EXPECT_FALSE(table.holds({{.pid = 1, .start = 7}, 1000}, 0));
  const auto refusals = table.acquire({0}, wish(1), kTerms, milliseconds(1));
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_TRUE(refusals[0].is_being_restored);
  table.set_free(0);
  EXPECT_THAT(table.acquire({0}, wish(2), kTerms, milliseconds(2)), IsEmpty());
}

TEST(LeaseTableTest, a_reused_process_number_is_another_process) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_THAT(table.end_process({.pid = 1, .start = 8}), IsEmpty());
  EXPECT_EQ(table.acquire({0}, {.holder = {.pid = 1, .start = 8}}, kTerms, milliseconds(0)).size(),
            1U);
}

TEST(LeaseTableTest, a_lease_that_was_asked_for_ends_without_a_sign_of_life) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1, true), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_EQ(table.next_end(), milliseconds(100));
  EXPECT_EQ(table.heartbeat({{.pid = 1, .start = 7}, 1000}, kTerms, milliseconds(60)), 1U);
  EXPECT_THAT(table.expire(milliseconds(159)), IsEmpty());
  EXPECT_EQ(table.heartbeat({{.pid = 1, .start = 7}, 1000}, kTerms, milliseconds(160)), 0U)
      << "too late";
  EXPECT_THAT(table.expire(milliseconds(160)), ElementsAre(0U));
}

TEST(LeaseTableTest, one_that_came_with_a_write_needs_none) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_FALSE(table.next_end());
  EXPECT_THAT(table.expire(milliseconds(1'000'000)), IsEmpty());
}

TEST(LeaseTableTest, the_hard_end_is_the_stricter_one_and_nothing_moves_it) {
  LeaseTable table(1);
  const LeaseTerms terms{.heartbeat = milliseconds(100), .longest = milliseconds(250)};
  LeaseTable::Wish long_wish = wish(1, true);
  long_wish.length = milliseconds(1000);
  EXPECT_THAT(table.acquire({0}, long_wish, terms, milliseconds(0)), IsEmpty());
  for (const int now : {90, 180, 240}) {
    EXPECT_THAT(table.acquire({0}, long_wish, terms, milliseconds(now)), IsEmpty());
  }
  EXPECT_THAT(table.expire(milliseconds(249)), IsEmpty());
  EXPECT_THAT(table.expire(milliseconds(250)), ElementsAre(0U));
}

TEST(LeaseTableTest, a_lease_of_a_connection_ends_with_it) {
  LeaseTable table(2);
  LeaseTable::Wish tied = wish(1, true);
  tied.connection = 5;
  EXPECT_THAT(table.acquire({0}, tied, kTerms, milliseconds(0)), IsEmpty());
  EXPECT_THAT(table.acquire({1}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_THAT(table.end_connection(4), IsEmpty());
  EXPECT_THAT(table.end_connection(0), IsEmpty()) << "stands for none";
  EXPECT_THAT(table.end_connection(5), ElementsAre(0U));
  EXPECT_TRUE(table.holds({{.pid = 1, .start = 7}, 1000}, 1));
}

TEST(LeaseTableTest, a_lease_that_was_cut_off_ends_with_the_next_connection) {
  LeaseTable table(2);
  Lease lease{.holder = {.pid = 1, .start = 7}, .user = 1000, .is_asked_for = true};
  lease.is_cut_off = true;
  lease.heartbeat_due = milliseconds(100);
  table.adopt(0, lease);
  lease.is_cut_off = false;
  table.adopt(1, lease);
  EXPECT_EQ(table.heartbeat({lease.holder, 1001}, kTerms, milliseconds(1), 3), 0U);
  EXPECT_THAT(table.end_connection(3), IsEmpty()) << "another's";
  EXPECT_EQ(table.heartbeat({lease.holder, 1000}, kTerms, milliseconds(1), 4), 2U);
  LeaseTable::Wish writing = wish(1);
  writing.spoken_over = 5;
  EXPECT_THAT(table.acquire({0}, writing, kTerms, milliseconds(2)), IsEmpty());
  EXPECT_THAT(table.end_connection(5), IsEmpty()) << "the first one counts";
  EXPECT_THAT(table.end_connection(4), ElementsAre(0U));
}

TEST(LeaseTableTest, a_process_that_asks_as_another_user_is_another_holder) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1, true), kTerms, milliseconds(0)), IsEmpty());
  const Holder other{{.pid = 1, .start = 7}, 1001};
  EXPECT_FALSE(table.holds(other, 0));
  EXPECT_THAT(table.release(other, {0}), IsEmpty());
  EXPECT_EQ(table.heartbeat(other, kTerms, milliseconds(1)), 0U);
  LeaseTable::Wish wish_of_other = wish(1);
  wish_of_other.user = 1001;
  EXPECT_EQ(table.acquire({0}, wish_of_other, kTerms, milliseconds(1)).size(), 1U);
  EXPECT_THAT(table.end_process(other.process), ElementsAre(0U)) << "whoever it was";
}

TEST(LeaseTableTest, only_the_holder_releases) {
  LeaseTable table(1);
  EXPECT_THAT(table.acquire({0}, wish(1), kTerms, milliseconds(0)), IsEmpty());
  EXPECT_THAT(table.release({{.pid = 2, .start = 7}, 1000}, {0}), IsEmpty());
  EXPECT_THAT(table.release({{.pid = 1, .start = 7}, 1000}, {0}), ElementsAre(0U));
}

}  // namespace
}  // namespace zeus::daemon
