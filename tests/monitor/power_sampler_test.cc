// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// GPUs without an energy counter, through the monitor that samples their power.
#include "zeus/monitor/power_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "tests/captured_log.h"
#include "tests/monitor/monitor_rig.h"
#include "zeus/error.h"
#include "zeus/monitor/read_again.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using zeus::testing::CapturedLog;
using zeus::testing::energies;
using zeus::testing::GpuCall;
using zeus::testing::MonitorRig;
using zeus::testing::p100_info;
using zeus::testing::StubGpu;
using zeus::testing::v100_info;

// One P100; the sampling period is a power of two, so that times are exact.
struct SampledRig : MonitorRig {
  SampledRig() : MonitorRig(0) {
    options.sampling_period = Seconds(0.25);
    stub_gpus.stubs = {std::make_shared<StubGpu>(p100_info())};
    stub_gpus.visible = {{.index = 0, .gpu = stub_gpus.stubs[0]}};
  }

  [[nodiscard]] std::unique_ptr<ZeusMonitor> started_monitor() const {
    auto result = std::make_unique<ZeusMonitor>(stub_gpus.visible, options);
    clock->wait_for_sleepers(1);
    return result;
  }
};

TEST(PowerSampler, constant_300_W_for_10_s_is_exactly_3000_J) {
  SampledRig rig;
  rig.gpu(0).set_power(Watts(300));
  const auto monitor = rig.started_monitor();
  rig.clock->advance(Seconds(0.125));
  monitor->begin_window("w");
  rig.clock->advance(Seconds(10));
  const Measurement found = monitor->end_window("w");
  EXPECT_EQ(found.time, Seconds(10));
  EXPECT_THAT(energies(found), ElementsAre(Joules(3000)));
}

TEST(PowerSampler, with_the_default_period_constant_300_W_for_10_s_is_3000_J) {
  SampledRig rig;
  rig.options.sampling_period = ZeusMonitorOptions().sampling_period;
  rig.gpu(0).set_power(Watts(300));
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(10));
  EXPECT_DOUBLE_EQ(monitor->end_window("w").total_energy().value(), 3000);
  EXPECT_NEAR(rig.gpu(0).calls(GpuCall::kInstantPower), 503, 2);  // 50 Hz and the edges
}

TEST(PowerSampler, power_that_changes_is_held_from_sample_to_sample) {
  SampledRig rig;
  // Samples at 0, 0.25, … s after 128 s: 100 W before 129 s, 300 W before 131 s, then 50 W.
  rig.gpu(0).set_power_source([clock = rig.clock] {
    const double now = clock->monotonic().value() - 128;
    return now < 1 ? Watts(100) : now < 3 ? Watts(300) : Watts(50);
  });
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(4));
  // 1 s x 100 W + 2 s x 300 W + 1 s x 50 W
  EXPECT_EQ(monitor->end_window("w").total_energy(), Joules(750));
}

TEST(PowerSampler, a_windows_begin_takes_a_sample_of_its_own) {
  SampledRig rig;
  rig.gpu(0).set_power(Watts(100));
  const auto monitor = rig.started_monitor();
  rig.clock->advance(Seconds(0.0625));
  rig.gpu(0).set_power(Watts(300));  // the thread will only see it at 0.25 s
  monitor->begin_window("w");
  rig.clock->advance(Seconds(0.125));
  EXPECT_EQ(monitor->end_window("w").total_energy(), Joules(37.5));
}

TEST(PowerSampler, a_window_between_two_samples_is_not_short) {
  const CapturedLog heard;
  SampledRig rig;
  rig.options.approx_instant_energy = true;
  rig.gpu(0).set_power(Watts(256));
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(0.0078125));
  const Measurement found = monitor->end_window("w");
  EXPECT_EQ(found.total_energy(), Joules(2));
  EXPECT_FALSE(found.shorter_than_counter_period);
  EXPECT_THAT(heard.warnings(), ::testing::IsEmpty());
}

TEST(PowerSampler, a_gpu_with_a_counter_beside_it_is_not_sampled) {
  SampledRig rig;
  rig.gpu(0).set_power(Watts(100));
  const auto counted = std::make_shared<StubGpu>(v100_info(1));
  counted->set_energy_source([clock = rig.clock] { return Watts(200) * clock->monotonic(); });
  rig.stub_gpus.visible.insert(rig.stub_gpus.visible.begin(), {.index = 3, .gpu = counted});
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(2));
  EXPECT_THAT(energies(monitor->end_window("w")), ElementsAre(Joules(400), Joules(200)));
  EXPECT_EQ(counted->calls(GpuCall::kInstantPower), 0);
  EXPECT_EQ(counted->calls(GpuCall::kTotalEnergy), 3);  // the first by the constructor
  EXPECT_EQ(rig.gpu(0).calls(GpuCall::kTotalEnergy), 0);
}

TEST(PowerSampler, takes_average_power_where_there_is_no_instant_power) {
  SampledRig rig;
  GpuInfo info = p100_info();
  info.has.instant_power = false;
  info.has.average_power = true;
  const auto gpu = std::make_shared<StubGpu>(info);
  gpu->set_average_power(Watts(125));
  rig.stub_gpus.visible = {{.index = 0, .gpu = gpu}};
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(2));
  EXPECT_EQ(monitor->end_window("w").total_energy(), Joules(250));
}

TEST(PowerSampler, starts_no_thread_where_every_gpu_has_a_counter) {
  MonitorRig rig(2);
  std::mutex mutex;
  std::set<std::thread::id> readers;
  rig.gpu(0).set_on_call([&](GpuCall) {
    const std::lock_guard lock(mutex);
    readers.insert(std::this_thread::get_id());
  });
  ZeusMonitor monitor = rig.monitor();
  rig.gpu(0).forget_calls();
  monitor.begin_window("w");
  rig.clock->advance(Seconds(1));
  monitor.end_window("w");
  EXPECT_THAT(readers, ElementsAre(std::this_thread::get_id()));
  EXPECT_EQ(rig.gpu(0).all_calls(), 2);
}

TEST(PowerSampler, a_gap_of_a_few_samples_is_bridged_and_reported_once) {
  const CapturedLog heard;
  SampledRig rig;
  rig.gpu(0).set_power(Watts(100));
  const auto monitor = rig.started_monitor();
  rig.clock->advance(Seconds(0.125));
  for (int round = 0; round < 2; ++round) {
    rig.gpu(0).set_power(Watts(100));
    monitor->begin_window("w");  // at 0.125 s; the samples at 0.25 and 0.5 s fail
    rig.gpu(0).fail<ZeusGPUTimeoutError>(GpuCall::kInstantPower, 0, 2, 10);
    rig.gpu(0).set_power(Watts(200));
    rig.clock->advance(Seconds(1));
    const Measurement found = monitor->end_window("w");
    // 0.625 s at the mean of 100 and 200 W, then 0.375 s at 200 W.
    EXPECT_EQ(found.total_energy(), Joules(168.75));
    // Half of what 100 W are in 0.625 s, and a sampling period of the mean power.
    EXPECT_EQ(found.gpu_energy[0].uncertainty, Joules(31.25) + Joules(168.75 * 0.25));
  }
  EXPECT_THAT(heard.warnings(), ElementsAre(AllOf(HasSubstr("GPU 0"), HasSubstr("for 0.625 s"),
                                                  HasSubstr("the stub was told to fail"))));
}

TEST(PowerSampler, a_gap_of_more_than_five_samples_and_a_second_makes_its_windows_fail) {
  const CapturedLog heard;
  SampledRig rig;
  rig.gpu(0).set_power(Watts(100));
  const auto monitor = rig.started_monitor();
  monitor->begin_window("before");
  rig.clock->advance(Seconds(0.5));
  EXPECT_EQ(monitor->end_window("before").total_energy(), Joules(50));
  monitor->begin_window("around");
  rig.gpu(0).fail<ZeusGPUTimeoutError>(GpuCall::kInstantPower, 0, 6, 10);
  rig.clock->advance(Seconds(2));
  monitor->begin_window("after");
  rig.clock->advance(Seconds(1));
  EXPECT_THROW(monitor->end_window("around"), ZeusGPUTimeoutError);
  EXPECT_THROW(monitor->end_window("around"), ZeusValueError);
  EXPECT_EQ(monitor->end_window("after").total_energy(), Joules(100));
  EXPECT_THAT(heard.warnings(), ElementsAre(AllOf(HasSubstr("GPU 0"), HasSubstr("more than 1.25 s"),
                                                  HasSubstr("the stub was told to fail"))));
}

// 2 s of idling were 86 kJ.
TEST(PowerSampler, a_sample_that_cannot_be_true_is_dropped_counted_and_reported_once) {
  for (const Watts garbage : {Watts(4294967.295), Watts(751), Watts(-1)}) {
    const CapturedLog heard;
    SampledRig rig;
    rig.gpu(0).set_power_source([clock = rig.clock, garbage] {
      const double now = clock->monotonic().value() - 128;
      return now == 0.5 || now == 1.25 ? garbage : Watts(30);
    });
    const auto monitor = rig.started_monitor();
    monitor->begin_window("w");
    rig.clock->advance(Seconds(2));
    EXPECT_EQ(monitor->end_window("w").total_energy(), Joules(60)) << garbage.value();
    ASSERT_FALSE(heard.warnings().empty());
    EXPECT_THAT(heard.warnings()[0], AllOf(HasSubstr("GPU 0 reported a power of"),
                                           HasSubstr("cannot draw"), HasSubstr("once")));
    EXPECT_LE(heard.warnings().size(), 2U);  // this and the gap
  }
}

TEST(PowerSampler, a_sample_that_cannot_be_true_at_a_windows_edge_is_read_again) {
  SampledRig rig;
  int readings = 0;
  rig.gpu(0).set_power_source([&] { return ++readings == 2 ? Watts(1e9) : Watts(128); });
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.clock->advance(Seconds(1));
  const Measurement found = monitor->end_window("w");
  EXPECT_NEAR(found.total_energy().value(), 128, 1e-9);
}

TEST(PowerSampler, time_in_which_nobody_sampled_is_bridged_however_long) {
  class StoppedClock final : public Clock {  // its sleepers are never woken
   public:
    Seconds monotonic() const override { return now; }
    Seconds unix_time() const override { return now; }
    void sleep_until(Seconds deadline, std::stop_token stop) override {
      if (deadline <= now) return;
      is_asleep = true;
      is_asleep.notify_all();
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, stop, [] { return false; });
    }
    std::atomic<Seconds> now{Seconds(128)};
    std::atomic<bool> is_asleep = false;
  };
  const CapturedLog heard;
  SampledRig rig;
  const auto clock = std::make_shared<StoppedClock>();
  rig.options.clock = clock;
  rig.gpu(0).set_power(Watts(100));
  ZeusMonitor monitor(rig.stub_gpus.visible, rig.options);
  clock->is_asleep.wait(false);
  monitor.begin_window("w");
  rig.gpu(0).set_power(Watts(50));
  clock->now = Seconds(128 + 10);
  const Measurement found = monitor.end_window("w");
  EXPECT_EQ(found.total_energy(), Joules(750));
  EXPECT_EQ(found.gpu_energy[0].uncertainty, Joules(250) + Watts(75) * Seconds(0.25));
  EXPECT_THAT(heard.warnings(),
              ElementsAre(HasSubstr("for 10 s (the sampling thread did not run)")));
}

TEST(PowerSampler, a_failed_sample_at_a_windows_begin_leaves_no_window) {
  SampledRig rig;
  const auto monitor = rig.started_monitor();
  rig.gpu(0).fail<ZeusGPULostError>(GpuCall::kInstantPower, 0, kReadingTries, 15);
  EXPECT_THROW(monitor->begin_window("w"), ZeusGPULostError);
  EXPECT_THROW(monitor->end_window("w"), ZeusValueError);
  monitor->begin_window("w");
  EXPECT_NO_THROW(monitor->end_window("w"));
}

TEST(PowerSampler, a_failed_sample_at_a_windows_end_closes_it) {
  SampledRig rig;
  const auto monitor = rig.started_monitor();
  monitor->begin_window("w");
  rig.gpu(0).fail<ZeusGPULostError>(GpuCall::kInstantPower, 0, kReadingTries, 15);
  EXPECT_THROW(monitor->end_window("w"), ZeusGPULostError);
  EXPECT_THROW(monitor->end_window("w"), ZeusValueError);
}

TEST(PowerSampler, a_gpu_that_fails_from_the_start_is_refused) {
  SampledRig rig;
  rig.gpu(0).fail<ZeusGPULostError>(GpuCall::kInstantPower);
  EXPECT_THROW((void)rig.started_monitor(), ZeusGPULostError);
}

TEST(PowerSampler, a_clock_that_fails_is_an_error_and_does_not_end_the_process) {
  class BrokenClock final : public Clock {
   public:
    Seconds monotonic() const override { return Seconds(1); }
    Seconds unix_time() const override { return Seconds(1); }
    void sleep_until(Seconds, std::stop_token) override {
      throw std::runtime_error("the clock is broken");
    }
  };
  SampledRig rig;
  rig.options.clock = std::make_shared<BrokenClock>();
  EXPECT_THAT([&] { const ZeusMonitor monitor(rig.stub_gpus.visible, rig.options); },
              ThrowsMessage<std::runtime_error>(HasSubstr("the clock is broken")));
}

TEST(PowerSampler, stops_at_once_when_its_monitor_goes) {
  MonitorRig rig(0);
  const auto gpu = std::make_shared<StubGpu>(p100_info());
  rig.options.clock = system_clock();
  rig.options.sampling_period = Seconds(3600);
  for (int i = 0; i < 20; ++i) {
    const ZeusMonitor monitor({{.index = 0, .gpu = gpu}}, rig.options);
  }  // would take 20 hours
  EXPECT_EQ(gpu.use_count(), 1);
}

}  // namespace
}  // namespace zeus
