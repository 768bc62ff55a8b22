// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

#include "tests/simulator/driver_rig.h"
#include "tests/simulator/simple_curve.h"

namespace simulator::testing {
namespace {

using zeus::Seconds;

void wait_for_sleepers(int count) {
  while (zeus_sim_clock_sleepers() < count) std::this_thread::yield();
}

// Sleeps in a background thread and notes when it woke and the power then.
class Sampler {
 public:
  explicit Sampler(double period_s)
      : sleepers_before_(zeus_sim_clock_sleepers()),
        thread_([this, period_s](const std::stop_token& stop) {
          SimulatorClock clock;
          const double begin = clock.monotonic().value();
          for (int i = 1; !stop.stop_requested(); ++i) {
            // Never at the moment at which a step ends.
            clock.sleep_until(Seconds(begin + (i - 0.5) * period_s), stop);
            if (stop.stop_requested()) return;
            times_.push_back(clock.monotonic().value() - begin);
            powers_.push_back(DriverRig::power_mw());
          }
        }) {
    wait_for_sleepers(sleepers_before_ + 1);
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }
  [[nodiscard]] const std::vector<double>& times() const { return times_; }
  [[nodiscard]] const std::vector<unsigned>& powers() const { return powers_; }

 private:
  std::vector<double> times_;
  std::vector<unsigned> powers_;
  int sleepers_before_;
  std::jthread thread_;
};

TEST(VirtualClock, a_sampling_thread_wakes_at_each_of_its_moments_during_steps) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  Sampler sampler(0.02);
  for (int i = 0; i < 5; ++i) step(0);  // 5 s at 200 W
  rig.pass_ns(kSecond);                 // 1 s at 33 W
  sampler.stop();
  ASSERT_EQ(sampler.times().size(), 300U);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_NEAR(sampler.times()[i], 0.02 * (static_cast<double>(i) + 0.5), 1e-8);
    EXPECT_EQ(sampler.powers()[i], i < 250 ? 200'000U : 33'000U) << i;
  }
}

TEST(VirtualClock, sampling_threads_of_different_periods_keep_their_own_time) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  Sampler fast(0.01);
  Sampler slow(0.3);
  for (int i = 0; i < 3; ++i) step(0);
  fast.stop();
  slow.stop();
  EXPECT_EQ(fast.times().size(), 300U);
  EXPECT_EQ(slow.times().size(), 10U);
}

TEST(VirtualClock, driver_calls_of_a_sampling_thread_move_the_time_within_the_step) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.read_latency_ms = 1;
  const DriverRig rig(options);
  Sampler sampler(0.1);
  const long long begin = rig.now_ns();
  step(0);
  sampler.stop();
  EXPECT_EQ(rig.now_ns() - begin, kSecond);
  EXPECT_EQ(sampler.times().size(), 10U);
}

TEST(VirtualClock, a_background_sleep_alone_moves_nothing_and_ends_when_stopped) {
  const DriverRig rig;
  const long long begin = rig.now_ns();
  Sampler sampler(0.02);
  // Real time for the sampler to do wrong in: too little can't fail the test.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(rig.now_ns(), begin);
  sampler.stop();
  EXPECT_EQ(rig.now_ns(), begin);
  EXPECT_TRUE(sampler.times().empty());
}

TEST(VirtualClock, a_sleep_that_cannot_be_stopped_moves_the_time) {
  const DriverRig rig;
  SimulatorClock clock;
  const Seconds begin = clock.monotonic();
  const Seconds unix_begin = clock.unix_time();
  clock.sleep_until(begin + Seconds(3600), {});
  EXPECT_NEAR((clock.monotonic() - begin).value(), 3600, 1e-6);
  EXPECT_NEAR((clock.unix_time() - unix_begin).value(), 3600, 1e-5);
  clock.sleep_until(begin, {});  // in the past
  EXPECT_NEAR((clock.monotonic() - begin).value(), 3600, 1e-6);
}

TEST(VirtualClock, a_sweep_of_many_steps_takes_moments) {
  const DriverRig rig;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 2000; ++i) step(0);
  EXPECT_GT(truth(0).busy.value(), 700);
  // 12 virtual minutes; the bound only tells moments from minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(VirtualClock, a_thread_that_ends_after_its_sleep_holds_nobody_up) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    std::atomic<bool> started = false;
    std::jthread once([&](const std::stop_token& stop) {
      SimulatorClock clock;
      const Seconds until = clock.monotonic() + Seconds(0.5);
      started = true;
      clock.sleep_until(until, stop);
    });
    while (!started) std::this_thread::yield();
    step(0);
  }
  // Were each waited for until patience ends, it would be 100 s.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(VirtualClock, a_limit_changed_during_a_step_acts_on_the_rest_of_it) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  const long long begin = rig.now_ns();
  std::jthread other([&](const std::stop_token& stop) {
    SimulatorClock clock;
    clock.sleep_until(clock.monotonic() + Seconds(0.5), stop);
    DriverRig::set_limit_mw(100'000);
  });
  wait_for_sleepers(1);
  step(0);
  // Half the work in 0.5 s at 200 W, the other half in 1 s at 100 W.
  EXPECT_NEAR(static_cast<double>(rig.now_ns() - begin), 1.5e9, 1);
  EXPECT_NEAR(truth(0).energy.value(), 200, 1e-6);
}

TEST(RealClock, a_sleep_ends_when_it_is_stopped) {
  SimulatedMachineOptions options;
  options.virtual_clock = false;
  const DriverRig rig(options);
  std::jthread sleeper([](const std::stop_token& stop) {
    SimulatorClock clock;
    clock.sleep_until(clock.monotonic() + Seconds(3600), stop);
  });
  wait_for_sleepers(1);
  sleeper.request_stop();
  sleeper.join();  // or the test never ends
}

TEST(RealClock, is_the_machines) {
  SimulatedMachineOptions options;
  options.virtual_clock = false;
  const DriverRig rig(options);
  SimulatorClock clock;
  const auto system = zeus::system_clock();
  const double before = system->monotonic().value();
  const double now = clock.monotonic().value();
  EXPECT_LE(before, now);
  EXPECT_LE(now, system->monotonic().value());
  clock.sleep_until(Seconds(now + 0.01), {});
  EXPECT_GE(system->monotonic().value(), now + 0.01);
}

TEST(RealClock, a_limit_changed_by_another_thread_shortens_the_step) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.virtual_clock = false;
  options.prior_limit_w = 100;
  options.steps_per_epoch = 1;                                // 20 s at 100 W, 10 s at 200 W
  options.json = R"({"workload": {"steps_per_epoch": 40}})";  // 0.5 s and 0.25 s
  const DriverRig rig(options);
  std::jthread other([] {
    while (truth(0).power.value() < 99) std::this_thread::yield();
    DriverRig::set_limit_mw(200'000);
  });
  step(0);
  other.join();
  EXPECT_LT(truth(0).busy.value(), 0.5);
  EXPECT_GE(truth(0).busy.value(), 0.25);
}

TEST(Threads, calls_from_many_threads_agree) {
  SimulatedMachineOptions options;
  options.gpus = 4;
  const DriverRig rig(options);
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (unsigned round = 0; round < 200; ++round) {
        const unsigned limit = 100'000 + 250 * round + i;
        DriverRig::set_limit_mw(limit, i);
        EXPECT_EQ(DriverRig::limit_mw(i), limit);
        (void)DriverRig::energy_mj(i);
        step(i);
      }
    });
  }
  threads.clear();
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(truth(i).steps, 200U);
}

TEST(Threads, init_and_shutdown_race_with_calls) {
  const SimulatedMachine simulated;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 50; ++round) {
        ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
        unsigned count = 0;
        EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_SUCCESS);
        EXPECT_EQ(count, 1U);
        (void)DriverRig::limit_mw();
        ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
      }
    });
  }
}

}  // namespace
}  // namespace simulator::testing
