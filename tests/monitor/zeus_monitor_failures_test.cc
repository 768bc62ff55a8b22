// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the monitor does where its parameters, the driver or the caller's synchronisation fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "tests/monitor/monitor_rig.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/monitor/read_again.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using zeus::testing::GpuCall;
using zeus::testing::MonitorRig;
using zeus::testing::read_text;
using zeus::testing::StubGpu;
using zeus::testing::TemporaryFolder;
using zeus::testing::v100_info;

TEST(ZeusMonitorFailures, an_index_given_twice_is_refused) {
  MonitorRig rig(3);
  rig.stub_gpus.visible[2].index = 0;
  EXPECT_THAT([&] { (void)rig.monitor(); }, ThrowsMessage<ZeusValueError>(HasSubstr("index 0")));
}

TEST(ZeusMonitorFailures, an_index_without_a_gpu_is_refused) {
  MonitorRig rig(2);
  rig.stub_gpus.visible[1].gpu = nullptr;
  EXPECT_THAT([&] { (void)rig.monitor(); }, ThrowsMessage<ZeusValueError>(HasSubstr("index 1")));
}

TEST(ZeusMonitorFailures, a_gpu_in_mig_mode_is_refused) {
  MonitorRig rig(1);
  GpuInfo info = v100_info(1);
  info.partitioned = {.what = "it is in MIG mode: energy belongs to the whole GPU",
                      .command = "sudo turn-it-off"};
  rig.stub_gpus.visible.push_back({.index = 1, .gpu = std::make_shared<StubGpu>(info)});
  EXPECT_THAT([&] { (void)rig.monitor(); },
              ThrowsMessage<ZeusGPUNotSupportedError>(AllOf(HasSubstr("GPU 1"), HasSubstr("MIG"),
                                                            HasSubstr("whole GPU"),
                                                            HasSubstr("sudo turn-it-off"))));
}

TEST(ZeusMonitorFailures, a_gpu_that_tells_neither_energy_nor_power_is_refused) {
  MonitorRig rig(0);
  GpuInfo info = v100_info();
  info.has.energy_counter = info.has.instant_power = info.has.average_power = false;
  rig.stub_gpus.visible = {{.index = 5, .gpu = std::make_shared<StubGpu>(info)}};
  EXPECT_THAT([&] { (void)rig.monitor(); },
              ThrowsMessage<ZeusGPUNotSupportedError>(
                  AllOf(HasSubstr("GPU 5"), HasSubstr("leave it out with gpu_indices"))));
}

TEST(ZeusMonitorFailures, what_cannot_be_read_is_refused_at_construction_not_in_the_loop) {
  MonitorRig rig(2);
  rig.gpu(1).fail<ZeusGPULostError>(GpuCall::kTotalEnergy, 0, kReadingTries, 15);
  EXPECT_THROW((void)rig.monitor(), ZeusGPULostError);
  rig.gpu(1).fail<ZeusGPULostError>(GpuCall::kTotalEnergy, 0, kReadingTries - 1, 15);
  EXPECT_NO_THROW((void)rig.monitor());
}

TEST(ZeusMonitorFailures, power_that_is_read_only_with_approx_instant_energy_is_tried_too) {
  MonitorRig rig(1);
  rig.gpu(0).fail<ZeusGPUUnknownError>(GpuCall::kInstantPower, 0, kReadingTries);
  EXPECT_NO_THROW((void)rig.monitor());
  rig.options.approx_instant_energy = true;
  EXPECT_THROW((void)rig.monitor(), ZeusGPUUnknownError);
}

TEST(ZeusMonitorFailures, a_sampling_period_that_is_no_time_above_zero_is_refused) {
  for (const double period : {0.0, -0.02, std::nan(""), std::numeric_limits<double>::infinity()}) {
    MonitorRig rig(1);
    rig.options.sampling_period = Seconds(period);
    EXPECT_THAT([&] { (void)rig.monitor(); },
                ThrowsMessage<ZeusValueError>(HasSubstr("sampling period")));
  }
}

TEST(ZeusMonitorFailures, no_clock_is_refused) {
  MonitorRig rig(1);
  rig.options.clock = nullptr;
  EXPECT_THROW((void)rig.monitor(), ZeusValueError);
}

TEST(ZeusMonitorFailures, what_is_refused_leaves_an_existing_log_file_alone) {
  const TemporaryFolder folder;
  std::ofstream(folder / "log.csv") << "kept";
  MonitorRig rig(2);
  rig.stub_gpus.visible[1].index = 0;
  rig.options.log_file = folder / "log.csv";
  EXPECT_THROW((void)rig.monitor(), ZeusValueError);
  EXPECT_EQ(read_text(folder / "log.csv"), "kept");
}

TEST(ZeusMonitorFailures, a_counter_that_goes_backwards_is_an_error_of_that_window_only) {
  const TemporaryFolder folder;
  MonitorRig rig(2);
  rig.options.log_file = folder / "log.csv";
  ZeusMonitor monitor = rig.monitor();
  rig.gpu(1).set_energy(Joules(1000));
  monitor.begin_window("epoch 1");
  rig.gpu(1).set_energy(Joules(999));
  rig.clock->advance(Seconds(1));
  EXPECT_THAT([&] { monitor.end_window("epoch 1"); },
              ThrowsMessage<ZeusGPUCounterError>(
                  AllOf(HasSubstr("'epoch 1'"), HasSubstr("GPU 1"), HasSubstr("backwards"))));
  EXPECT_THROW(monitor.end_window("epoch 1"), ZeusValueError);
  EXPECT_EQ(read_text(folder / "log.csv"),
            "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n");

  monitor.begin_window("epoch 1");
  rig.gpu(1).set_energy(Joules(1049));
  rig.clock->advance(Seconds(1));
  EXPECT_EQ(monitor.end_window("epoch 1").total_energy(), Joules(50));
}

TEST(ZeusMonitorFailures, a_driver_failure_at_the_begin_leaves_no_window) {
  MonitorRig rig(2);
  ZeusMonitor monitor = rig.monitor();
  rig.gpu(1).fail<ZeusGPULostError>(GpuCall::kTotalEnergy, 0, kReadingTries, 15);
  try {
    monitor.begin_window("w");
    ADD_FAILURE() << "no error";
  } catch (const ZeusGPULostError& error) {
    EXPECT_EQ(error.code(), 15);
    EXPECT_EQ(error.call(), "stub");
  }
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
  EXPECT_NO_THROW(monitor.begin_window("w"));
}

TEST(ZeusMonitorFailures, a_driver_failure_at_a_restart_leaves_no_window) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.gpu(0).fail<ZeusGPULostError>(GpuCall::kTotalEnergy, 0, kReadingTries);
  EXPECT_THROW(monitor.begin_window("w", true, true), ZeusGPULostError);
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
}

TEST(ZeusMonitorFailures, a_driver_failure_at_the_end_closes_the_window) {
  MonitorRig rig(2);
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  monitor.begin_window("other");
  rig.gpu(1).fail<ZeusGPUUnknownError>(GpuCall::kTotalEnergy, 0, kReadingTries);
  EXPECT_THROW(monitor.end_window("w"), ZeusGPUUnknownError);
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
  EXPECT_NO_THROW(monitor.end_window("other"));
}

TEST(ZeusMonitorFailures, readings_that_fail_twice_cost_no_window) {
  MonitorRig rig(2);
  rig.options.approx_instant_energy = true;
  rig.run_counter(0, Watts(100));
  rig.run_counter(1, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  rig.gpu(1).fail<ZeusGPUTimeoutError>(GpuCall::kTotalEnergy, 0, 2);
  monitor.begin_window("w");  // 10 ms later at GPU 1
  rig.clock->advance(Seconds(1));
  rig.gpu(0).fail<ZeusGPUTimeoutError>(GpuCall::kInstantPower, 0, 2);
  rig.gpu(1).fail<ZeusGPUUnknownError>(GpuCall::kTotalEnergy, 0, 2);
  const Measurement found = monitor.end_window("w");
  EXPECT_NEAR(found.time.value(), 1.02, 1e-9);
  EXPECT_NEAR(found.gpu_energy[0].energy.value(), 102, 1e-6);
  EXPECT_NEAR(found.gpu_energy[1].energy.value(), 102, 1e-6);
  // A tick of 20 ms at 100 W, and the 20 ms of GPU 1's late readings.
  EXPECT_NEAR(found.gpu_energy[0].uncertainty.value(), 2, 1e-6);
  EXPECT_NEAR(found.gpu_energy[1].uncertainty.value(), 4, 1e-6);
}

TEST(ZeusMonitorFailures, a_power_reading_that_fails_at_the_end_closes_the_window) {
  MonitorRig rig;
  rig.options.approx_instant_energy = true;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.gpu(0).fail<ZeusGPUTimeoutError>(GpuCall::kInstantPower, 0, kReadingTries);
  EXPECT_THROW(monitor.end_window("w"), ZeusGPUTimeoutError);
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
}

TEST(ZeusMonitorFailures, a_synchronisation_that_throws_changes_no_window) {
  MonitorRig rig;
  bool broken = true;
  rig.options.sync_execution = [&] {
    if (broken) throw std::runtime_error("a kernel failed");
  };
  ZeusMonitor monitor = rig.monitor();
  EXPECT_THAT([&] { monitor.begin_window("w"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("a kernel failed")));
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
  broken = false;
  monitor.begin_window("w");
  rig.clock->advance(Seconds(1));
  broken = true;
  EXPECT_THROW(monitor.end_window("w"), std::runtime_error);
  EXPECT_THROW(monitor.cancel_window("w"), std::runtime_error);
  EXPECT_THROW(monitor.begin_window("w", true, true), std::runtime_error);
  broken = false;
  EXPECT_EQ(monitor.end_window("w").time, Seconds(1));
}

}  // namespace
}  // namespace zeus
