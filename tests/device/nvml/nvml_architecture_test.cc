// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_architecture.h"

#include <gtest/gtest.h>

namespace zeus::nvml {
namespace {

TEST(NvmlArchitecture, nvmls_numbers_have_names) {
  EXPECT_STREQ(to_string(architecture_of(2)), "Kepler");
  EXPECT_STREQ(to_string(architecture_of(3)), "Maxwell");
  EXPECT_STREQ(to_string(architecture_of(4)), "Pascal");
  EXPECT_STREQ(to_string(architecture_of(5)), "Volta");
  EXPECT_STREQ(to_string(architecture_of(6)), "Turing");
  EXPECT_STREQ(to_string(architecture_of(7)), "Ampere");
  EXPECT_STREQ(to_string(architecture_of(8)), "Ada");
  EXPECT_STREQ(to_string(architecture_of(9)), "Hopper");
  EXPECT_STREQ(to_string(architecture_of(10)), "Blackwell");
  EXPECT_STREQ(to_string(architecture_of(13)), "unknown");
  EXPECT_STREQ(to_string(architecture_of(0xffffffffU)), "unknown");
}

TEST(NvmlArchitecture, the_counter_moves_every_20_ms_on_volta_and_every_100_ms_since) {
  EXPECT_EQ(counter_period_of(Architecture::kVolta), Seconds(0.02));
  EXPECT_EQ(counter_period_of(Architecture::kTuring), Seconds(0.1));
  EXPECT_EQ(counter_period_of(Architecture::kAmpere), Seconds(0.1));
  EXPECT_EQ(counter_period_of(Architecture::kHopper), Seconds(0.1));
  EXPECT_EQ(counter_period_of(Architecture::kOther), Seconds(0.1));
}

TEST(NvmlArchitecture, power_usage_is_an_average_from_ampere_on_but_for_ga100) {
  EXPECT_EQ(power_usage_of(Architecture::kPascal, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(Architecture::kVolta, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(Architecture::kTuring, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(Architecture::kAmpere, true), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(Architecture::kAmpere, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(Architecture::kAda, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(Architecture::kHopper, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(Architecture::kBlackwell, false), PowerUsageMeans::kAverage);
}

}  // namespace
}  // namespace zeus::nvml
