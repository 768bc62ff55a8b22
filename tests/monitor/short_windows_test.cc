// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Windows shorter than a tick of the energy counter, with and without approx_instant_energy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/captured_log.h"
#include "tests/monitor/monitor_rig.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using zeus::testing::CapturedLog;
using zeus::testing::GpuCall;
using zeus::testing::MonitorRig;
using zeus::testing::StubGpu;
using zeus::testing::v100_info;

Measurement window_of(MonitorRig& rig, ZeusMonitor& monitor, Seconds length) {
  monitor.begin_window("w");
  rig.clock->advance(length);
  return monitor.end_window("w");
}

TEST(ShortWindows, are_marked_and_keep_the_counters_difference) {
  MonitorRig rig;  // a tick is 20 ms
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.clock->advance(Seconds(0.015625));
  rig.gpu(0).set_energy(Joules(6));  // the tick fell into the window
  const Measurement found = monitor.end_window("w");
  EXPECT_TRUE(found.shorter_than_counter_period);
  EXPECT_EQ(found.total_energy(), Joules(6));
  EXPECT_EQ(rig.gpu(0).calls(GpuCall::kInstantPower), 0);
}

TEST(ShortWindows, of_one_tick_or_longer_are_not_marked) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  EXPECT_FALSE(window_of(rig, monitor, Seconds(0.03125)).shorter_than_counter_period);
  EXPECT_TRUE(window_of(rig, monitor, Seconds(0.015625)).shorter_than_counter_period);
}

TEST(ShortWindows, are_marked_where_only_one_gpus_counter_is_slower) {
  MonitorRig rig(1);
  GpuInfo slow = v100_info(1);
  slow.counter_period = Seconds(0.1);
  rig.stub_gpus.visible.push_back({.index = 1, .gpu = std::make_shared<StubGpu>(slow)});
  ZeusMonitor monitor = rig.monitor();
  EXPECT_TRUE(window_of(rig, monitor, Seconds(0.0625)).shorter_than_counter_period);
  EXPECT_FALSE(window_of(rig, monitor, Seconds(0.125)).shorter_than_counter_period);
}

TEST(ShortWindows, without_energy_are_told_with_the_option_that_helps) {
  const CapturedLog heard(LogLevel::kDebug);
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  window_of(rig, monitor, Seconds(0.015625));
  window_of(rig, monitor, Seconds(0.015625));
  // Once for all to see; a job with a window a step would drown in them otherwise.
  EXPECT_THAT(heard.warnings(),
              ElementsAre(AllOf(HasSubstr("'w'"), HasSubstr("approx_instant_energy"))));
}

TEST(ShortWindows, with_the_option_take_power_times_time) {
  const CapturedLog heard;
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  rig.gpu(0).set_power(Watts(256));
  rig.gpu(0).set_average_power(Watts(100));
  ZeusMonitor monitor = rig.monitor();
  const Measurement found = window_of(rig, monitor, Seconds(0.015625));
  EXPECT_EQ(found.total_energy(), Joules(4));
  EXPECT_FALSE(found.shorter_than_counter_period);
  EXPECT_THAT(heard.warnings(), IsEmpty());
}

TEST(ShortWindows, with_the_option_take_power_also_where_a_tick_fell_into_the_window) {
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  rig.gpu(0).set_power(Watts(256));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.clock->advance(Seconds(0.015625));
  rig.gpu(0).set_energy(Joules(6));
  EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(4));
}

TEST(ShortWindows, the_option_leaves_longer_windows_to_the_counter) {
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  rig.gpu(0).set_power(Watts(700));
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  EXPECT_EQ(window_of(rig, monitor, Seconds(0.5)).total_energy(), Joules(50));
}

TEST(ShortWindows, the_option_helps_a_longer_window_in_which_the_counter_did_not_move) {
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  rig.gpu(0).set_power(Watts(64));
  ZeusMonitor monitor = rig.monitor();
  EXPECT_EQ(window_of(rig, monitor, Seconds(0.03125)).total_energy(), Joules(2));
}

TEST(ShortWindows, the_option_takes_average_power_where_there_is_no_instant_power) {
  MonitorRig rig(0);
  GpuInfo info = v100_info();
  info.has.instant_power = false;
  const auto gpu = std::make_shared<StubGpu>(info);
  gpu->set_average_power(Watts(128));
  rig.stub_gpus.visible = {{.index = 0, .gpu = gpu}};
  rig.options.approx_instant_energy = true;
  ZeusMonitor monitor = rig.monitor();
  EXPECT_EQ(window_of(rig, monitor, Seconds(0.015625)).total_energy(), Joules(2));
}

TEST(ShortWindows, the_option_can_do_nothing_for_a_gpu_without_any_power_reading) {
  MonitorRig rig(0);
  GpuInfo info = v100_info();
  info.has.instant_power = info.has.average_power = false;
  rig.stub_gpus.visible = {{.index = 0, .gpu = std::make_shared<StubGpu>(info)}};
  rig.options.approx_instant_energy = true;
  ZeusMonitor monitor = rig.monitor();
  const Measurement found = window_of(rig, monitor, Seconds(0.015625));
  EXPECT_EQ(found.total_energy(), Joules(0));
  EXPECT_TRUE(found.shorter_than_counter_period);
}

TEST(ShortWindows, the_option_reads_power_while_the_gpu_is_still_at_work) {
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  bool at_work = true;
  rig.gpu(0).set_power_source([&] { return at_work ? Watts(256) : Watts(32); });
  rig.options.sync_execution = [&] {
    rig.clock->advance(Seconds(0.015625));
    at_work = false;
  };
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w", false);
  EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(4));
}

}  // namespace
}  // namespace zeus
