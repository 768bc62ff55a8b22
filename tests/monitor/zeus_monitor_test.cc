// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/zeus_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/captured_log.h"
#include "tests/monitor/monitor_rig.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;
using zeus::testing::CapturedLog;
using zeus::testing::energies;
using zeus::testing::GpuCall;
using zeus::testing::MonitorRig;
using zeus::testing::read_text;
using zeus::testing::StubGpu;
using zeus::testing::TemporaryFolder;
using zeus::testing::v100_info;

TEST(ZeusMonitor, a_window_measures_time_and_the_energy_of_each_gpu) {
  MonitorRig rig(2);
  rig.run_counter(0, Watts(300));
  rig.run_counter(1, Watts(200));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("epoch");
  rig.clock->advance(Seconds(10));
  const Measurement found = monitor.end_window("epoch");
  EXPECT_EQ(found.start_time, Seconds(1.7e9));
  EXPECT_EQ(found.time, Seconds(10));
  EXPECT_THAT(energies(found), ElementsAre(Joules(3000), Joules(2000)));
  EXPECT_EQ(found.total_energy(), Joules(5000));
  EXPECT_FALSE(found.shorter_than_counter_period);
}

TEST(ZeusMonitor, keeps_the_callers_order_and_indices_of_gpus) {
  MonitorRig rig(3);
  rig.stub_gpus.visible = {{.index = 7, .gpu = rig.stub_gpus.stubs[2]},
                           {.index = 4, .gpu = rig.stub_gpus.stubs[0]}};
  rig.run_counter(0, Watts(100));
  rig.run_counter(2, Watts(250));
  ZeusMonitor monitor = rig.monitor();
  EXPECT_THAT(monitor.gpu_indices(), ElementsAre(7, 4));
  EXPECT_EQ(monitor.gpus().at(0).gpu, rig.stub_gpus.stubs[2]);
  EXPECT_EQ(monitor.clock(), rig.clock);
  monitor.begin_window("w");
  rig.clock->advance(Seconds(1));
  const Measurement found = monitor.end_window("w");
  ASSERT_EQ(found.gpu_energy.size(), 2U);
  EXPECT_EQ(found.gpu_energy[0].index, 7);
  EXPECT_EQ(found.gpu_energy[0].energy, Joules(250));
  EXPECT_EQ(found.gpu_energy[1].index, 4);
  EXPECT_EQ(found.gpu_energy[1].energy, Joules(100));
}

TEST(ZeusMonitor, without_gpus_measures_time) {
  MonitorRig rig(0);
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.clock->advance(Seconds(2));
  const Measurement found = monitor.end_window("w");
  EXPECT_EQ(found.time, Seconds(2));
  EXPECT_THAT(found.gpu_energy, IsEmpty());
  EXPECT_EQ(found.total_energy(), Joules(0));
}

TEST(ZeusMonitor, windows_nest_and_overlap) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("a");
  rig.clock->advance(Seconds(1));
  monitor.begin_window("b");
  rig.clock->advance(Seconds(2));
  monitor.begin_window("inner");
  rig.clock->advance(Seconds(4));
  EXPECT_EQ(monitor.end_window("inner").total_energy(), Joules(400));
  EXPECT_EQ(monitor.end_window("a").total_energy(), Joules(700));
  rig.clock->advance(Seconds(8));
  EXPECT_EQ(monitor.end_window("b").total_energy(), Joules(1400));
}

TEST(ZeusMonitor, a_jump_of_the_date_does_not_change_a_windows_length) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.clock->jump_unix_time(Seconds(-3600));
  rig.clock->advance(Seconds(5));
  const Measurement found = monitor.end_window("w");
  EXPECT_EQ(found.time, Seconds(5));
  EXPECT_EQ(found.start_time, Seconds(1.7e9));
}

TEST(ZeusMonitor, a_name_can_be_used_again_and_again) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  for (int i = 1; i <= 40; ++i) {
    monitor.begin_window("w");
    rig.clock->advance(Seconds(i));
    EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(100.0 * i));
  }
}

TEST(ZeusMonitor, many_open_windows_keep_apart) {
  MonitorRig rig;
  rig.run_counter(0, Watts(1));
  ZeusMonitor monitor = rig.monitor();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50; ++i) {
      monitor.begin_window("window " + std::to_string(i));
      rig.clock->advance(Seconds(1));
    }
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(monitor.end_window("window " + std::to_string(i)).total_energy(), Joules(50 - i));
    }
  }
}

TEST(ZeusMonitor, a_duplicate_window_is_an_error_with_its_name_and_the_first_stays) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("epoch 3");
  rig.clock->advance(Seconds(1));
  EXPECT_THAT([&] { monitor.begin_window("epoch 3"); },
              ThrowsMessage<ZeusValueError>(HasSubstr("'epoch 3'")));
  rig.clock->advance(Seconds(1));
  EXPECT_EQ(monitor.end_window("epoch 3").time, Seconds(2));
}

TEST(ZeusMonitor, an_unknown_window_is_an_error_with_its_name) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  EXPECT_THAT([&] { monitor.end_window("nobody"); },
              ThrowsMessage<ZeusValueError>(HasSubstr("'nobody'")));
  EXPECT_THAT([&] { monitor.cancel_window("nobody"); },
              ThrowsMessage<ZeusValueError>(HasSubstr("'nobody'")));
  monitor.begin_window("w");
  monitor.end_window("w");
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
}

TEST(ZeusMonitor, restart_drops_the_open_window_of_that_name) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w", true, true);  // none open: like any begin
  rig.clock->advance(Seconds(5));
  monitor.begin_window("w", true, true);
  rig.clock->advance(Seconds(1));
  EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(100));
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
}

TEST(ZeusMonitor, a_cancelled_window_reads_and_logs_nothing) {
  const TemporaryFolder folder;
  MonitorRig rig;
  rig.options.log_file = folder / "log.csv";
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.gpu(0).forget_calls();
  monitor.cancel_window("w");
  EXPECT_EQ(rig.gpu(0).all_calls(), 0);
  EXPECT_EQ(read_text(folder / "log.csv"), "start_time,window_name,elapsed_time,gpu0_energy\n");
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
  monitor.begin_window("w");
}

TEST(ZeusMonitor, reset_drops_every_window) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("a");
  monitor.begin_window("b");
  monitor.reset_windows();
  EXPECT_THROW(monitor.end_window("a"), ZeusValueError);
  EXPECT_THROW(monitor.end_window("b"), ZeusValueError);
  monitor.begin_window("a");
  EXPECT_NO_THROW(monitor.end_window("a"));
}

TEST(ZeusMonitor, synchronises_before_each_edge_and_only_where_asked) {
  MonitorRig rig;
  std::vector<std::string> events;
  rig.options.sync_execution = [&] { events.emplace_back("sync"); };
  ZeusMonitor monitor = rig.monitor();
  rig.gpu(0).set_on_call([&](GpuCall) { events.emplace_back("read"); });
  monitor.begin_window("w");
  monitor.end_window("w");
  EXPECT_THAT(events, ElementsAre("sync", "read", "sync", "read"));
  events.clear();
  monitor.begin_window("w", false);
  monitor.end_window("w", false);
  EXPECT_THAT(events, ElementsAre("read", "read"));
  events.clear();
  monitor.begin_window("w", false);
  monitor.cancel_window("w");
  EXPECT_THAT(events, ElementsAre("read", "sync"));
  monitor.begin_window("w", false);
  events.clear();
  monitor.cancel_window("w", false);
  EXPECT_THAT(events, IsEmpty());
}

TEST(ZeusMonitor, waiting_for_the_gpus_is_part_of_a_window_at_its_end_and_not_at_its_begin) {
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  rig.options.sync_execution = [&] { rig.clock->advance(Seconds(1)); };
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  const Measurement found = monitor.end_window("w");
  EXPECT_EQ(found.time, Seconds(1));
  EXPECT_EQ(found.total_energy(), Joules(100));
  EXPECT_EQ(found.start_time, Seconds(1.7e9 + 1));
}

TEST(ZeusMonitor, an_error_about_a_name_comes_before_the_synchronisation) {
  MonitorRig rig;
  int syncs = 0;
  rig.options.sync_execution = [&] { ++syncs; };
  ZeusMonitor monitor = rig.monitor();
  EXPECT_THROW(monitor.end_window("w"), ZeusValueError);
  EXPECT_THROW(monitor.cancel_window("w"), ZeusValueError);
  EXPECT_EQ(syncs, 0);
  monitor.begin_window("w");
  EXPECT_THROW(monitor.begin_window("w"), ZeusValueError);
  EXPECT_EQ(syncs, 1);
}

TEST(ZeusMonitor, logs_each_finished_window_to_its_file) {
  const TemporaryFolder folder;
  MonitorRig rig(2);
  rig.options.log_file = folder / "runs/energy.csv";
  rig.run_counter(0, Watts(300));
  rig.run_counter(1, Watts(12.5));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("warm, up");
  rig.clock->advance(Seconds(10));
  monitor.end_window("warm, up");
  monitor.begin_window("epoch");
  rig.clock->advance(Seconds(0.5));
  monitor.end_window("epoch");
  EXPECT_EQ(read_text(folder / "runs/energy.csv"),
            "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n"
            "1700000000.0,\"warm, up\",10.0,3000.0,125.0\n"
            "1700000010.0,epoch,0.5,150.0,6.25\n");
}

TEST(ZeusMonitor, a_log_file_per_rank_has_the_rank_in_its_name) {
  const TemporaryFolder folder;
  for (const int rank : {0, 12}) {
    MonitorRig rig;
    rig.options.log_file = folder / "rank {rank}/log-{rank}.csv";
    rig.options.rank = rank;
    const auto monitor = rig.monitor();
    const std::string number = std::to_string(rank);
    EXPECT_TRUE(std::filesystem::exists(folder / ("rank " + number + "/log-" + number + ".csv")));
  }
}

TEST(ZeusMonitor, a_log_file_that_cannot_be_opened_is_an_error_with_its_path) {
  const TemporaryFolder folder;
  MonitorRig rig;
  rig.options.log_file = folder.path();
  EXPECT_THAT([&] { (void)rig.monitor(); },
              ThrowsMessage<ZeusFileError>(HasSubstr(folder.path().string())));
}

TEST(ZeusMonitor, a_log_file_that_becomes_unwritable_costs_no_measurement) {
  const CapturedLog heard;
  MonitorRig rig;
  rig.options.log_file = "/dev/full";
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  for (int i = 0; i < 3; ++i) {
    monitor.begin_window("w");
    rig.clock->advance(Seconds(1));
    EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(100));
  }
  EXPECT_THAT(heard.warnings(),
              ElementsAre(AllOf(HasSubstr("/dev/full"), HasSubstr("No space left on device"))));
}

TEST(ZeusMonitor, tells_what_it_monitors_and_each_window) {
  const CapturedLog heard(LogLevel::kDebug);
  MonitorRig rig(2);
  rig.run_counter(0, Watts(100));
  rig.run_counter(1, Watts(200));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  rig.clock->advance(Seconds(2));
  monitor.end_window("w");
  monitor.begin_window("x");
  monitor.cancel_window("x");
  std::vector<std::string> told;
  for (const CapturedLog::Line& line : heard.lines()) {
    EXPECT_EQ(line.logger, "zeus.monitor.energy");
    told.push_back((line.level == LogLevel::kDebug ? "debug: " : "") + line.text);
  }
  EXPECT_THAT(
      told, ElementsAre("Monitoring GPU indices [0, 1].", "debug: Measurement window 'w' started.",
                        "debug: Measurement window 'w' ended: 2.000 s, 600.00 J.",
                        "debug: Measurement window 'x' started.",
                        "debug: Measurement window 'x' cancelled."));
}

TEST(ZeusMonitor, whoever_hears_a_line_may_use_the_monitor) {
  MonitorRig rig;
  ZeusMonitor monitor = rig.monitor();
  int heard = 0;
  set_log_sink(
      [&](LogLevel, std::string_view, std::string_view) {
        if (++heard == 1) monitor.begin_window("from the sink");
      },
      LogLevel::kDebug);
  monitor.begin_window("w");
  set_log_sink({});
  EXPECT_NO_THROW(monitor.end_window("from the sink"));
  EXPECT_NO_THROW(monitor.end_window("w"));
}

// What the Python class does: a subclass with its own edges that calls the base class.
TEST(ZeusMonitor, a_subclass_may_override_its_windows) {
  class Counting : public ZeusMonitor {
   public:
    using ZeusMonitor::ZeusMonitor;
    void begin_window(std::string_view name, bool sync_execution, bool restart) override {
      ++begun;
      ZeusMonitor::begin_window(name, sync_execution, restart);
    }
    Measurement end_window(std::string_view name, bool sync_execution) override {
      Measurement found = ZeusMonitor::end_window(name, sync_execution);
      found.gpu_energy.at(0).energy += Joules(1);
      return found;
    }
    int begun = 0;
  };
  MonitorRig rig;
  rig.run_counter(0, Watts(100));
  Counting counting(rig.stub_gpus.visible, rig.options);
  ZeusMonitor& monitor = counting;
  monitor.begin_window("w");
  rig.clock->advance(Seconds(1));
  EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(101));
  EXPECT_EQ(counting.begun, 1);
}

}  // namespace
}  // namespace zeus
