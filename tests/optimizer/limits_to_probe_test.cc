// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/limits_to_probe.h"

#include <gtest/gtest.h>

#include "tests/optimizer/training.h"

namespace zeus {
namespace {

using testing::values;
using List = std::vector<double>;

TEST(LimitsToProbe, go_from_the_highest_down_by_the_step) {
  EXPECT_EQ(values(limits_to_probe(Watts(250), Watts(100), Watts(25))),
            (List{250, 225, 200, 175, 150, 125, 100}));
}

TEST(LimitsToProbe, always_end_with_the_lowest) {
  EXPECT_EQ(values(limits_to_probe(Watts(260), Watts(100), Watts(50))),
            (List{260, 210, 160, 110, 100}));
  EXPECT_EQ(values(limits_to_probe(Watts(250), Watts(100), Watts(1000))), (List{250, 100}));
}

TEST(LimitsToProbe, keep_fractional_watts) {
  EXPECT_EQ(values(limits_to_probe(Watts(237.5), Watts(200), Watts(12.5))),
            (List{237.5, 225, 212.5, 200}));
  EXPECT_EQ(values(limits_to_probe(Watts(100.003), Watts(100), Watts(0.001))),
            (List{100.003, 100.002, 100.001, 100}));
}

TEST(LimitsToProbe, are_one_where_the_range_is_one) {
  EXPECT_EQ(values(limits_to_probe(Watts(100), Watts(100), Watts(25))), (List{100}));
}

}  // namespace
}  // namespace zeus
