// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A monitor in a forked child of the process that made it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/in_child.h"
#include "tests/monitor/monitor_rig.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using zeus::testing::in_child;
using zeus::testing::MonitorRig;
using zeus::testing::p100_info;
using zeus::testing::read_text;
using zeus::testing::StubGpu;
using zeus::testing::TemporaryFolder;

TEST(ForkedZeusMonitor, every_method_throws_in_the_child) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("open");
  const std::vector<std::function<void()>> methods = {
      [&] { monitor.begin_window("w"); },   [&] { monitor.begin_window("open", true, true); },
      [&] { monitor.end_window("open"); },  [&] { monitor.cancel_window("open"); },
      [&] { monitor.reset_windows(); },     [&] { (void)monitor.gpus(); },
      [&] { (void)monitor.gpu_indices(); }, [&] { (void)monitor.clock(); },
  };
  EXPECT_EQ(in_child([&] {
              std::string answer;
              for (const auto& method : methods) {
                try {
                  method();
                  answer += "did not throw; ";
                } catch (const ZeusForkError&) {
                  answer += "x";
                }
              }
              return answer;
            }),
            "xxxxxxxx");
  EXPECT_NO_THROW(monitor.end_window("open"));  // the parent's window is untouched
}

TEST(ForkedZeusMonitor, the_error_says_what_to_do) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  EXPECT_EQ(in_child([&] {
              monitor.begin_window("w");
              return "did not throw";
            }),
            "threw: This ZeusMonitor was made before this process was forked; make a new one in "
            "the child");
}

TEST(ForkedZeusMonitor, destroying_the_childs_copy_neither_hangs_nor_writes) {
  const TemporaryFolder folder;
  ZeusMonitorOptions options;
  options.log_file = folder / "log.csv";
  const auto gpu = std::make_shared<StubGpu>(p100_info());  // sampled: there is a thread
  auto monitor =
      std::make_unique<ZeusMonitor>(std::vector<VisibleGpu>{{.index = 0, .gpu = gpu}}, options);
  monitor->begin_window("w");
  monitor->end_window("w");
  const std::string before = read_text(folder / "log.csv");
  EXPECT_EQ(in_child([&] {
              monitor.reset();
              return "destroyed";
            }),
            "destroyed");
  EXPECT_EQ(read_text(folder / "log.csv"), before);
  monitor->begin_window("w");
  EXPECT_NO_THROW(monitor->end_window("w"));
}

TEST(ForkedZeusMonitor, a_monitor_made_in_the_child_works) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  ZeusMonitor parents = rig.monitor();
  EXPECT_EQ(in_child([&] {
              ZeusMonitor monitor = rig.monitor();
              monitor.begin_window("w");
              rig.clock->advance(Seconds(2));
              return std::to_string(monitor.end_window("w").total_energy().value());
            }),
            "200.000000");
}

}  // namespace
}  // namespace zeus
