// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/units.h"

#include <gtest/gtest.h>

#include <concepts>
#include <type_traits>

namespace zeus {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };

static_assert(Addable<Joules, Joules>);
static_assert(!Addable<Joules, Watts>);
static_assert(!Addable<Joules, double>);
static_assert(!Comparable<Joules, Seconds>);
static_assert(!std::convertible_to<double, Watts>);
static_assert(!std::convertible_to<Watts, double>);
static_assert(std::is_trivially_copyable_v<Joules> && sizeof(Joules) == sizeof(double));

TEST(Units, a_quantity_starts_at_zero) { EXPECT_EQ(Joules().value(), 0.0); }

TEST(Units, power_times_time_is_energy) {
  EXPECT_EQ(Watts(300) * Seconds(10), Joules(3000));
  EXPECT_EQ(Seconds(10) * Watts(300), Joules(3000));
  EXPECT_EQ(Joules(3000) / Seconds(10), Watts(300));
}

TEST(Units, like_quantities_add_subtract_and_compare) {
  Joules energy(5);
  energy += Joules(3);
  energy -= Joules(1);
  EXPECT_EQ(energy, Joules(7));
  EXPECT_EQ(Joules(7) - Joules(2), Joules(5));
  EXPECT_EQ(-Joules(7), Joules(-7));
  EXPECT_LT(Seconds(1), Seconds(2));
  EXPECT_GE(Watts(2), Watts(2));
}

TEST(Units, numbers_scale_a_quantity_and_like_quantities_have_a_ratio) {
  EXPECT_EQ(Watts(100) * 1.5, Watts(150));
  EXPECT_EQ(1.5 * Watts(100), Watts(150));
  EXPECT_EQ(Watts(100) / 4, Watts(25));
  EXPECT_EQ(Watts(100) / Watts(400), 0.25);
}

TEST(Units, milliwatts_are_rounded_to_the_nearest) {
  EXPECT_EQ(to_milliwatts(Watts(187.5)), 187500);
  EXPECT_EQ(to_milliwatts(Watts(0.1) + Watts(0.2)), 300);
  EXPECT_EQ(to_milliwatts(Watts(99.9996)), 100000);
  EXPECT_EQ(to_milliwatts(Watts(99.9994)), 99999);
  EXPECT_EQ(from_milliwatts(187500), Watts(187.5));
}

TEST(Units, limits_are_the_same_when_their_milliwatts_are) {
  EXPECT_TRUE(same_limit(Watts(0.1) + Watts(0.2), Watts(0.3)));
  EXPECT_FALSE(same_limit(Watts(100), Watts(100.001)));
}

}  // namespace
}  // namespace zeus
