// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/policy.h"

#include <gtest/gtest.h>

namespace zeus::daemon {
namespace {

TEST(PolicyTest, without_rules_everyone_may_control_and_nobody_but_root_persist) {
  const Policy policy;
  EXPECT_EQ(policy.rights_of(1000, {100}), (Rights{.control = true, .persist = false}));
  EXPECT_EQ(policy.rights_of(0, {}), (Rights{.control = true, .persist = true}));
}

TEST(PolicyTest, rules_add_up_and_who_is_in_none_may_nothing) {
  Policy policy;
  policy.allow = {{.everyone = false, .users = {1000}, .groups = {}, .rights = {.control = true}},
                  {.everyone = false,
                   .users = {},
                   .groups = {50},
                   .rights = {.control = true, .persist = true}}};
  EXPECT_EQ(policy.rights_of(1000, {}), (Rights{.control = true, .persist = false}));
  EXPECT_EQ(policy.rights_of(1000, {7, 50}), (Rights{.control = true, .persist = true}));
  EXPECT_EQ(policy.rights_of(1001, {7}), (Rights{}));
}

TEST(PolicyTest, each_bound_comes_from_the_most_special_rule_that_has_it) {
  Policy policy;
  policy.gpus = {
      {.uuid = "", .model = "", .bounds = {.power_limit_mw = {.floor = 100, .ceiling = 900}}},
      {.uuid = "", .model = "V100", .bounds = {.power_limit_mw = {.floor = 150}}},
      {.uuid = "GPU-1", .model = "", .bounds = {.power_limit_mw = {.ceiling = 200}}}};
  const Bounds special = policy.bounds_of("GPU-1", "V100").power_limit_mw;
  EXPECT_EQ(special.floor, 150);
  EXPECT_EQ(special.ceiling, 200);
  const Bounds model = policy.bounds_of("GPU-2", "V100").power_limit_mw;
  EXPECT_EQ(model.floor, 150);
  EXPECT_EQ(model.ceiling, 900);
  const Bounds other = policy.bounds_of("GPU-3", "A40").power_limit_mw;
  EXPECT_EQ(other.floor, 100);
  EXPECT_FALSE(policy.bounds_of("GPU-3", "A40").graphics_clock_mhz.floor);
}

TEST(PolicyTest, both_ends_of_a_range_are_in_it_and_it_can_be_read) {
  const Bounds bounds{.floor = 150'000, .ceiling = 250'000};
  EXPECT_TRUE(bounds.contains(150'000));
  EXPECT_TRUE(bounds.contains(250'000));
  EXPECT_FALSE(bounds.contains(149'999));
  EXPECT_FALSE(bounds.contains(250'001));
  EXPECT_EQ(describe(bounds, 1000, "W"), "150 to 250 W");
  EXPECT_EQ(describe({.floor = 150'500}, 1000, "W"), "at least 150.5 W");
  EXPECT_EQ(describe({.ceiling = 1200}, 1, "MHz"), "at most 1200 MHz");
}

}  // namespace
}  // namespace zeus::daemon
