// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The profile of a job of several ranks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "tests/optimizer/optimizer_ranks.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using OptimizerRanksProfile = OptimizerRanks;

TEST_F(OptimizerRanksProfile, rank_0_alone_reads_and_writes_the_profile) {
  const TemporaryFolder folder;
  for (Rank& rank : ranks) {
    rank.options.profile_path = rank.number == 0 ? folder / "profile.json" : "/no/such/folder/file";
  }
  const auto train = [](Rank& rank) {
    rank.construct();
    rank.train(7);
  };
  on_all(train);
  ASSERT_TRUE(std::filesystem::exists(folder / "profile.json"));
  const Watts optimum = ranks[0].optimum();

  make_anew();
  on_all(train);
  for (const Rank& rank : ranks) {
    EXPECT_EQ(rank.optimum(), optimum);
    EXPECT_TRUE(rank.training->monitor.diary.empty()) << "nothing was profiled again";
  }
}

TEST_F(OptimizerRanksProfile, a_damaged_profile_fails_on_all) {
  const TemporaryFolder folder;
  write_text(folder / "profile.json", "{");
  ranks[0].options.profile_path = folder / "profile.json";
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) EXPECT_THAT(rank.error, HasSubstr("damaged"));
}

TEST_F(OptimizerRanksProfile, a_profile_that_cant_be_saved_ends_the_tuning_on_all) {
  std::optional<TemporaryFolder> folder(std::in_place);
  ranks[0].options.profile_path = *folder / "profile.json";
  on_all([&](Rank& rank) {
    rank.construct();
    if (rank.number == 0) folder.reset();
    rank.train(7);
  });
  expect_all_stopped();
  expect_prior_limits();
}

}  // namespace
}  // namespace zeus::testing
