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
  EXPECT_EQ(counter_period_of(GpuArchitecture::kVolta), Seconds(0.02));
  EXPECT_EQ(counter_period_of(GpuArchitecture::kTuring), Seconds(0.1));
  EXPECT_EQ(counter_period_of(GpuArchitecture::kAmpere), Seconds(0.1));
  EXPECT_EQ(counter_period_of(GpuArchitecture::kHopper), Seconds(0.1));
  EXPECT_EQ(counter_period_of(GpuArchitecture::kUnknown), Seconds(0.1));
}

TEST(NvmlArchitecture, power_usage_is_an_average_from_ampere_on_but_for_ga100) {
  EXPECT_EQ(power_usage_of(GpuArchitecture::kPascal, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kVolta, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kTuring, false), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kAmpere, true), PowerUsageMeans::kInstant);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kAmpere, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kAda, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kHopper, false), PowerUsageMeans::kAverage);
  EXPECT_EQ(power_usage_of(GpuArchitecture::kBlackwell, false), PowerUsageMeans::kAverage);
}

}  // namespace
}  // namespace zeus::nvml
