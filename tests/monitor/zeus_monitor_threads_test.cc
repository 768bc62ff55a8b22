// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One monitor used from several threads. These run under the thread sanitizer too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/captured_log.h"
#include "tests/monitor/monitor_rig.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using zeus::testing::CapturedLog;
using zeus::testing::GpuCall;
using zeus::testing::MonitorRig;
using zeus::testing::p100_info;
using zeus::testing::read_text;
using zeus::testing::StubGpu;
using zeus::testing::TemporaryFolder;

constexpr int kThreads = 4;

TEST(ZeusMonitorThreads, windows_of_several_threads_overlap_without_mixing) {
  const TemporaryFolder folder;
  const CapturedLog heard(LogLevel::kDebug);
  MonitorRig rig(2);
  rig.options.log_file = folder / "log.csv";
  std::atomic<int> millijoules = 0;  // a counter that only these threads move
  rig.gpu(0).set_energy_source([&] { return Joules(millijoules.load() / 1000.0); });
  ZeusMonitor monitor = rig.monitor();
  std::atomic<int> wrong = 0;
  constexpr int kRounds = 100;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, name = "thread " + std::to_string(i)] {
        for (int round = 0; round < kRounds; ++round) {
          monitor.begin_window(name);
          monitor.begin_window(name + " inner");
          millijoules += 1000;
          const Joules inner = monitor.end_window(name + " inner").total_energy();
          const Joules outer = monitor.end_window(name).total_energy();
          if (inner < Joules(1) || outer < inner || outer > Joules(kThreads * kRounds)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  const std::string log = read_text(folder / "log.csv");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1 + 2 * kThreads * kRounds);
}

TEST(ZeusMonitorThreads, of_threads_that_begin_one_name_exactly_one_succeeds) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  for (int round = 0; round < 50; ++round) {
    std::latch start(kThreads);
    std::atomic<int> began = 0;
    std::atomic<int> refused = 0;
    {
      std::vector<std::jthread> threads;
      threads.reserve(kThreads);
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          start.arrive_and_wait();
          try {
            monitor.begin_window("w");
            ++began;
          } catch (const ZeusValueError&) {
            ++refused;
          }
        });
      }
    }
    ASSERT_EQ(began, 1);
    ASSERT_EQ(refused, kThreads - 1);
    ASSERT_NO_THROW(monitor.end_window("w"));
  }
}

TEST(ZeusMonitorThreads, of_threads_that_end_one_window_exactly_one_gets_it) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  for (int round = 0; round < 50; ++round) {
    monitor.begin_window("w");
    std::latch start(kThreads);
    std::atomic<int> ended = 0;
    {
      std::vector<std::jthread> threads;
      threads.reserve(kThreads);
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          start.arrive_and_wait();
          try {
            (void)monitor.end_window("w");
            ++ended;
          } catch (const ZeusValueError&) {
          }
        });
      }
    }
    ASSERT_EQ(ended, 1);
  }
}

TEST(ZeusMonitorThreads, a_slow_driver_call_of_one_window_holds_up_no_other_thread) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  std::latch inside(1);
  std::latch let_go(1);
  std::atomic<bool> first = true;
  rig.gpu(0).set_on_call([&](GpuCall) {
    if (!first.exchange(false)) return;
    inside.count_down();
    let_go.wait();
  });
  std::jthread slow([&] { monitor.begin_window("slow"); });
  inside.wait();
  monitor.begin_window("quick");
  monitor.end_window("quick");
  EXPECT_THROW(monitor.end_window("slow"), ZeusValueError);  // not open yet
  let_go.count_down();
  slow.join();
  EXPECT_NO_THROW(monitor.end_window("slow"));
}

TEST(ZeusMonitorThreads, restart_and_reset_race_with_windows_of_others) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 200; ++round) {
          monitor.begin_window("shared", true, true);
          if (i == 0) monitor.reset_windows();
          try {
            (void)monitor.end_window("shared");
          } catch (const ZeusValueError&) {  // another thread was quicker
          }
        }
      });
    }
  }
  monitor.reset_windows();
  monitor.begin_window("shared");
  EXPECT_NO_THROW(monitor.end_window("shared"));
}

// On the machine's clock: the sampling thread and the windows' edges really run at once.
TEST(ZeusMonitorThreads, steady_power_is_measured_exactly_while_being_sampled) {
  const auto gpu = std::make_shared<StubGpu>(p100_info());
  gpu->set_power(Watts(200));
  ZeusMonitorOptions options;
  options.sampling_period = Seconds(0.0005);
  ZeusMonitor monitor({{.index = 0, .gpu = gpu}}, options);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, name = "thread " + std::to_string(i)] {
        for (int round = 0; round < 50; ++round) {
          monitor.begin_window(name);
          std::this_thread::sleep_for(std::chrono::microseconds(100 * (round % 10)));
          const Measurement found = monitor.end_window(name);
          const double expected = (Watts(200) * found.time).value();
          if (std::abs(found.total_energy().value() - expected) > 1e-6) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace zeus
