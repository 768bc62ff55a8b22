// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/monitor/monitor_rig.h"
#include "tests/temporary_folder.h"
#include "zeus/device/cpu.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MonitorRig;

class StubCpu final : public Cpu {
 public:
  explicit StubCpu(bool has_dram) {
    info_.name = "package";
    info_.has_dram = has_dram;
    if (has_dram) energy.dram = Joules(1000);
  }
  [[nodiscard]] const CpuInfo& info() const override { return info_; }
  [[nodiscard]] CpuEnergy total_energy() override {
    if (fails) throw ZeusBaseCPUError("CPU energy can't be read: because");
    return energy;
  }

  CpuEnergy energy{.package = Joules(500), .dram = std::nullopt};
  bool fails = false;

 private:
  CpuInfo info_;
};

struct CpuEnergyOfWindows : ::testing::Test {
  CpuEnergyOfWindows() { rig.options.cpus = {{3, plain}, {5, with_dram}}; }

  MonitorRig rig;
  std::shared_ptr<StubCpu> plain = std::make_shared<StubCpu>(false);
  std::shared_ptr<StubCpu> with_dram = std::make_shared<StubCpu>(true);
};

TEST_F(CpuEnergyOfWindows, is_what_was_counted_between_begin_and_end) {
  ZeusMonitor monitor = rig.monitor();
  EXPECT_THAT(monitor.cpu_indices(), ElementsAre(3, 5));
  monitor.begin_window("w");
  plain->energy.package += Joules(7);
  with_dram->energy.package += Joules(11);
  *with_dram->energy.dram += Joules(2);
  const Measurement measurement = monitor.end_window("w");
  ASSERT_EQ(measurement.cpu_energy.size(), 2U);
  EXPECT_EQ(measurement.cpu_energy[0].index, 3);
  EXPECT_EQ(measurement.cpu_energy[0].energy, Joules(7));
  EXPECT_EQ(measurement.cpu_energy[1].index, 5);
  EXPECT_EQ(measurement.cpu_energy[1].energy, Joules(11));
  ASSERT_EQ(measurement.dram_energy.size(), 1U);
  EXPECT_EQ(measurement.dram_energy[0].index, 5);
  EXPECT_EQ(measurement.dram_energy[0].energy, Joules(2));
}

TEST_F(CpuEnergyOfWindows, is_no_part_of_the_gpus_total) {
  rig.run_counter(0, Watts(100));
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  plain->energy.package += Joules(1000);
  rig.clock->advance(Seconds(2));
  EXPECT_EQ(monitor.end_window("w").total_energy(), Joules(200));
}

TEST_F(CpuEnergyOfWindows, has_columns_behind_those_of_the_gpus) {
  const testing::TemporaryFolder folder;
  rig.options.log_file = folder / "log.csv";
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  plain->energy.package += Joules(7);
  *with_dram->energy.dram += Joules(2.5);
  rig.clock->advance(Seconds(1));
  (void)monitor.end_window("w");
  EXPECT_EQ(testing::read_text(folder / "log.csv"),
            "start_time,window_name,elapsed_time,gpu0_energy,cpu3_energy,cpu5_energy,dram5_energy\n"
            "1700000000.0,w,1.0,0.0,7.0,0.0,2.5\n");
}

TEST_F(CpuEnergyOfWindows, that_cannot_be_read_is_an_error_and_the_window_is_closed) {
  ZeusMonitor monitor = rig.monitor();
  monitor.begin_window("w");
  plain->fails = true;
  EXPECT_THROW((void)monitor.end_window("w"), ZeusBaseCPUError);
  EXPECT_THROW((void)monitor.end_window("w"), ZeusValueError);
  EXPECT_THROW(monitor.begin_window("x"), ZeusBaseCPUError);
  plain->fails = false;
  monitor.begin_window("x");
}

TEST_F(CpuEnergyOfWindows, needs_no_gpu) {
  ZeusMonitor monitor({}, rig.options);
  monitor.begin_window("w");
  plain->energy.package += Joules(7);
  const Measurement measurement = monitor.end_window("w");
  EXPECT_THAT(measurement.gpu_energy, IsEmpty());
  EXPECT_EQ(measurement.cpu_energy[0].energy, Joules(7));
}

TEST_F(CpuEnergyOfWindows, of_one_cpu_twice_is_refused) {
  rig.options.cpus = {{0, plain}, {0, with_dram}};
  try {
    (void)rig.monitor();
    FAIL() << "no error";
  } catch (const ZeusValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("CPU index 0 is given twice"));
  }
}

}  // namespace
}  // namespace zeus
