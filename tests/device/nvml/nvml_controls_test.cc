// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/device/simulated_driver.h"
#include "tests/stub_gpu.h"
#include "zeus/device/nvml/nvml_gpu.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using NvmlControlsTest = SimulatedDriver;

std::unique_ptr<NvmlGpu> open_first() {
  return std::make_unique<NvmlGpu>(std::make_shared<const Library>(), 0);
}

TEST_F(NvmlControlsTest, persistence_mode_is_turned_on_and_off) {
  const auto simulated = simulated_machine(R"({"gpus": [{"persistence_mode": false}]})");
  const auto gpu = open_first();
  EXPECT_FALSE(gpu->controls().persistence_mode());
  gpu->controls().set_persistence_mode(true);
  EXPECT_TRUE(gpu->controls().persistence_mode());
  gpu->controls().set_persistence_mode(false);
  EXPECT_FALSE(gpu->controls().persistence_mode());
}

TEST_F(NvmlControlsTest, clocks_are_listed_locked_and_unlocked) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  GpuControls& controls = gpu->controls();
  const auto memory = controls.supported_memory_clocks();
  ASSERT_FALSE(memory.empty());
  const auto graphics = controls.supported_graphics_clocks(memory.front());
  ASSERT_GT(graphics.size(), 1U);
  EXPECT_THAT(graphics, ::testing::Each(::testing::Gt(0U)));
  controls.lock_graphics_clocks(graphics.back(), graphics.front());
  controls.unlock_graphics_clocks();
  // From Ampere on; this is a V100.
  EXPECT_THROW(controls.lock_memory_clocks(memory.front(), memory.front()),
               ZeusGPUNotSupportedError);
}

TEST_F(NvmlControlsTest, a_memory_clock_that_is_none_is_refused) {
  const auto simulated = simulated_machine("{}");
  EXPECT_THROW((void)open_first()->controls().supported_graphics_clocks(1), ZeusBaseGPUError);
}

TEST_F(NvmlControlsTest, without_rights_nothing_is_set) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "V100", "writable": false}]})");
  const auto gpu = open_first();
  EXPECT_THROW(gpu->controls().set_persistence_mode(true), ZeusGPUNoPermissionError);
  EXPECT_THROW(gpu->controls().unlock_graphics_clocks(), ZeusGPUNoPermissionError);
}

TEST_F(NvmlControlsTest, memory_power_is_not_supported_where_the_gpu_lacks_it) {
  const auto simulated = simulated_machine("{}");
  EXPECT_THROW((void)open_first()->controls().average_memory_power(), ZeusGPUNotSupportedError);
}

TEST_F(NvmlControlsTest, a_gpu_without_settings_says_so) {
  zeus::testing::StubGpu gpu(zeus::testing::v100_info(0));
  EXPECT_THROW((void)gpu.controls(), ZeusGPUNotSupportedError);
}

}  // namespace
}  // namespace zeus::nvml
