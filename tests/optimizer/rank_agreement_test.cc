// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/rank_agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zeus/communicator/single_process.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReportedGpu gpu(std::string uuid, bool is_local = false, double ceiling = 250) {
  return {.uuid = std::move(uuid),
          .model = "V100",
          .ceiling = Watts(ceiling),
          .range = {Watts(100), Watts(250)},
          .is_local = is_local};
}

RankReport report(std::vector<ReportedGpu> gpus) {
  RankReport result;
  result.gpus = std::move(gpus);
  return result;
}

TEST(RankAgreement, each_rank_owns_its_one_gpu) {
  const std::vector<RankReport> reports = {report({gpu("A", true)}), report({gpu("B", true)})};
  EXPECT_THAT(agree(reports, 0).owned, ElementsAre(0U));
  EXPECT_THAT(agree(reports, 1).owned, ElementsAre(0U));
  EXPECT_THAT(agree(reports, 1).uuids, ElementsAre("A", "B"));
}

TEST(RankAgreement, where_every_rank_monitors_all_each_owns_its_local_one) {
  const std::vector<RankReport> reports = {report({gpu("A", true), gpu("B"), gpu("C")}),
                                           report({gpu("A"), gpu("B", true), gpu("C")})};
  EXPECT_THAT(agree(reports, 0).owned, ElementsAre(0U, 2U)) << "nobody's: the lowest rank's";
  EXPECT_THAT(agree(reports, 1).owned, ElementsAre(1U));
  EXPECT_THAT(agree(reports, 0).uuids, ElementsAre("A", "B", "C"));
}

TEST(RankAgreement, a_shared_gpu_has_one_owner) {
  const std::vector<RankReport> reports = {report({gpu("A")}), report({gpu("A", true)}),
                                           report({gpu("A", true)})};
  EXPECT_THAT(agree(reports, 0).owned, IsEmpty());
  EXPECT_THAT(agree(reports, 1).owned, ElementsAre(0U));
  EXPECT_THAT(agree(reports, 2).owned, IsEmpty());
}

TEST(RankAgreement, the_sweep_starts_at_the_highest_ceiling_of_all) {
  const std::vector<RankReport> reports = {report({gpu("A", true, 200)}),
                                           report({gpu("B", true, 225.5)})};
  EXPECT_EQ(agree(reports, 0).highest, Watts(225.5));
  EXPECT_EQ(agree(reports, 1).highest, Watts(225.5));
}

TEST(RankAgreement, differing_settings_models_and_ranges_are_refused) {
  std::vector<RankReport> reports = {report({gpu("A", true)}), report({gpu("B", true)})};
  reports[1].settings = "profile_steps 3";
  EXPECT_THROW(static_cast<void>(agree(reports, 0)), ZeusValueError);
  reports[1].settings = "";
  reports[1].gpus[0].range.max = Watts(300);
  EXPECT_THROW(static_cast<void>(agree(reports, 0)), ZeusValueError);
  reports[1].gpus[0].model = "A40";
  EXPECT_THROW(static_cast<void>(agree(reports, 0)), ZeusGPUHeterogeneousError);
}

TEST(RankAgreement, the_first_error_is_named_by_its_rank) {
  std::vector<RankReport> reports(3);
  EXPECT_EQ(first_error(reports), "");
  reports[2].error = "no driver";
  EXPECT_EQ(first_error(reports), "rank 2: no driver");
  EXPECT_EQ(first_error({reports[2]}), "no driver") << "alone there is no rank to name";
}

TEST(RankAgreement, a_report_survives_the_wire) {
  RankReport mine = report({gpu("GPU-\"A\"", true, 237.5), gpu("B")});
  mine.settings = "s";
  mine.profile = "{\n}";
  const auto alone = single_process();
  const std::vector<RankReport> heard = exchange_reports(*alone, mine, Seconds(1));
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].settings, "s");
  EXPECT_EQ(heard[0].profile, "{\n}");
  EXPECT_EQ(heard[0].partial, std::nullopt);
  ASSERT_EQ(heard[0].gpus.size(), 2U);
  EXPECT_EQ(heard[0].gpus[0].uuid, "GPU-\"A\"");
  EXPECT_EQ(heard[0].gpus[0].ceiling, Watts(237.5));
  EXPECT_TRUE(heard[0].gpus[0].is_local);
  EXPECT_FALSE(heard[0].gpus[1].is_local);
}

}  // namespace
}  // namespace zeus
