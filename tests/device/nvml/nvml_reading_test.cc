// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a reading costs and how far its numbers reach. This program counts its allocations.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

#include "zeus/device/nvml/nvml_gpu.h"
#include "zeus/device/nvml/nvml_library.h"

namespace {

std::int64_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace zeus::nvml {
namespace {

TEST(NvmlReading, a_reading_allocates_nothing) {
  const NvmlGpu gpu(std::make_shared<const Library>(GRACE_HOPPER_DRIVER), 0);
  const std::int64_t before = allocations;
  ASSERT_GT(before, 0);
  Joules energy;
  Watts limit;
  Watts power;
  Celsius temperature;
  for (int i = 0; i < 100; ++i) {
    energy = gpu.total_energy();
    limit = gpu.power_limit();
    power = gpu.instant_power();
    temperature = gpu.temperature();
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(limit, Watts(612.345));
  EXPECT_EQ(power, Watts(612.345));
  EXPECT_EQ(temperature, Celsius(41));
}

TEST(NvmlReading, the_largest_numbers_of_the_driver_fit) {
  const NvmlGpu gpu(std::make_shared<const Library>(GRACE_HOPPER_DRIVER), 0);
  EXPECT_EQ(gpu.total_energy(),
            Joules(static_cast<double>(std::numeric_limits<std::uint64_t>::max()) / 1000.0));
  EXPECT_EQ(gpu.power_limit_range(), (PowerLimitRange{Watts(200), Watts(4'294'967.295)}));
}

}  // namespace
}  // namespace zeus::nvml
