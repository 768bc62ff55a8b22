// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A GPU's counter and a CPU package's, read by themselves. Sampled power: power_sampler_test.cc.
#include "zeus/monitor/energy_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "tests/captured_log.h"
#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;
using zeus::testing::CapturedLog;
using zeus::testing::GpuCall;
using zeus::testing::ManualClock;
using zeus::testing::StubGpu;

constexpr Seconds kNoSampling{1};

// One V100: 250 W at most, ticks of 20 ms.
struct EnergyReaderOfAGpu : ::testing::Test {
  [[nodiscard]] std::unique_ptr<EnergyReader> reader() const {
    return make_energy_reader(VisibleGpu{.index = 3, .gpu = gpu}, kNoSampling, clock);
  }
  [[nodiscard]] EnergyReading read(EnergyReader& reader) const {
    return reader.read(clock->monotonic());
  }
  [[nodiscard]] EnergyReading read_after(EnergyReader& reader, const EnergyReading& begin) const {
    return reader.read_after(begin, clock->monotonic());
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Seconds(128));
  std::shared_ptr<StubGpu> gpu = std::make_shared<StubGpu>();
};

TEST_F(EnergyReaderOfAGpu, tells_the_counter_its_time_and_its_uncertainty) {
  const auto reader = this->reader();
  gpu->set_energy(Joules(5000));
  const EnergyReading begin = read(*reader);
  EXPECT_EQ(begin.energy, Joules(5000));
  EXPECT_EQ(begin.time, Seconds(128));
  clock->advance(Seconds(10));
  gpu->set_energy(Joules(7000));
  const EnergyReading end = read_after(*reader, begin);
  EXPECT_EQ(end.energy - begin.energy, Joules(2000));
  // A tick of 20 ms at 200 W.
  EXPECT_DOUBLE_EQ(reader->uncertainty(begin, end).value(), 4);
  EXPECT_EQ(reader->name(), "GPU 3");
  EXPECT_EQ(reader->period(), Seconds(0.02));
  EXPECT_FALSE(reader->is_sampled());
}

TEST_F(EnergyReaderOfAGpu, is_as_uncertain_as_a_tick_at_the_highest_limit_where_nothing_moved) {
  const auto reader = this->reader();
  const EnergyReading begin = read(*reader);
  clock->advance(Seconds(0.01));
  EXPECT_DOUBLE_EQ(reader->uncertainty(begin, read_after(*reader, begin)).value(), 5);
}

TEST_F(EnergyReaderOfAGpu, reads_again_five_milliseconds_after_a_failure) {
  const auto reader = this->reader();
  gpu->set_energy(Joules(5000));
  gpu->fail<ZeusGPUTimeoutError>(GpuCall::kTotalEnergy, 0, 2);
  const EnergyReading reading = read(*reader);
  EXPECT_EQ(reading.energy, Joules(5000));
  EXPECT_NEAR(reading.time.value(), 128.01, 1e-9);
  EXPECT_EQ(gpu->calls(GpuCall::kTotalEnergy), 3);
  EXPECT_EQ(reader->dropped(), 0U);
}

TEST_F(EnergyReaderOfAGpu, gives_up_after_the_third_failure_with_the_drivers_error) {
  const auto reader = this->reader();
  const EnergyReading begin = read(*reader);
  gpu->forget_calls();
  gpu->fail<ZeusGPULostError>(GpuCall::kTotalEnergy);
  EXPECT_THROW((void)read(*reader), ZeusGPULostError);
  EXPECT_EQ(gpu->calls(GpuCall::kTotalEnergy), 3);
  EXPECT_THROW((void)read_after(*reader, begin), ZeusGPULostError);
}

TEST_F(EnergyReaderOfAGpu, tries_no_third_time_what_is_not_allowed) {
  const auto reader = this->reader();
  gpu->fail<ZeusGPUNoPermissionError>(GpuCall::kTotalEnergy);
  EXPECT_THROW((void)read(*reader), ZeusGPUNoPermissionError);
  EXPECT_EQ(gpu->calls(GpuCall::kTotalEnergy), 2);
}

// The counter's readings in turn; the last one stays.
template <class... Numbers>
void readings(StubGpu& gpu, Numbers... numbers) {
  gpu.set_energy_source([left = std::vector<double>{static_cast<double>(numbers)...},
                         next = std::make_shared<std::size_t>(0)] {
    return Joules(left.at(std::min((*next)++, left.size() - 1)));
  });
}

TEST_F(EnergyReaderOfAGpu, drops_one_wrong_reading_and_reports_it_once) {
  const CapturedLog heard;
  const auto reader = this->reader();
  // Too far, back, and no value at all; 100 J are true.
  readings(*gpu, 1000, 3e6, 1100, 900, 1200, 18446744073709551.615, 1300);
  EnergyReading last = read(*reader);
  for (const double expected : {1100.0, 1200.0, 1300.0}) {
    clock->advance(Seconds(1));
    last = read_after(*reader, last);
    EXPECT_EQ(last.energy, Joules(expected));
  }
  EXPECT_EQ(reader->dropped(), 3U);
  EXPECT_THAT(heard.warnings(),
              ElementsAre(AllOf(HasSubstr("GPU 3"), HasSubstr("from 1000 J to 3000000 J in 1 s"),
                                HasSubstr("more than the GPU can draw"))));
}

TEST_F(EnergyReaderOfAGpu, drops_a_first_reading_that_cannot_be) {
  const auto reader = this->reader();
  readings(*gpu, 18446744073709551.615, 5);
  EXPECT_EQ(read(*reader).energy, Joules(5));
  EXPECT_EQ(reader->dropped(), 1U);
}

TEST_F(EnergyReaderOfAGpu, a_counter_that_stays_back_is_an_error_and_the_next_stretch_counts) {
  const auto reader = this->reader();
  gpu->set_energy(Joules(1000));
  const EnergyReading begin = read(*reader);
  clock->advance(Seconds(1));
  gpu->set_energy(Joules(2));
  EXPECT_THAT([&] { (void)read_after(*reader, begin); },
              ThrowsMessage<ZeusGPUCounterError>(
                  AllOf(HasSubstr("GPU 3"), HasSubstr("backwards, from 1000 J to 2 J"))));
  const EnergyReading second = read(*reader);
  clock->advance(Seconds(1));
  gpu->set_energy(Joules(102));
  EXPECT_EQ(read_after(*reader, second).energy - second.energy, Joules(100));
}

TEST_F(EnergyReaderOfAGpu, a_counter_that_stays_too_far_ahead_is_an_error) {
  const auto reader = this->reader();
  const EnergyReading begin = read(*reader);
  clock->advance(Seconds(1));
  gpu->set_energy(Joules(86'000));
  EXPECT_THAT([&] { (void)read_after(*reader, begin); },
              ThrowsMessage<ZeusGPUCounterError>(HasSubstr("more than the GPU can draw")));
}

TEST_F(EnergyReaderOfAGpu, judges_nothing_by_a_limit_that_the_driver_does_not_tell) {
  gpu->fail<ZeusGPUUnknownError>(GpuCall::kPowerLimitRange);
  const auto reader = this->reader();
  const EnergyReading begin = read(*reader);
  gpu->set_energy(Joules(86'000));
  EXPECT_EQ(read_after(*reader, begin).energy, Joules(86'000));
}

class FailingCpu final : public Cpu {
 public:
  [[nodiscard]] const CpuInfo& info() const override { return info_; }
  [[nodiscard]] CpuEnergy total_energy() override {
    if (failures-- > 0) throw ZeusBaseCPUError("CPU energy can't be read: because");
    return {.package = Joules(7), .dram = Joules(2)};
  }
  int failures = 0;

 private:
  CpuInfo info_;
};

TEST(EnergyReaderOfACpu, reads_package_and_memory_and_reads_again_after_a_failure) {
  const CapturedLog heard;
  const auto clock = std::make_shared<ManualClock>(Seconds(128));
  const auto cpu = std::make_shared<FailingCpu>();
  const auto reader = make_energy_reader(VisibleCpu{.index = 1, .cpu = cpu}, clock);
  EXPECT_EQ(reader->name(), "CPU 1");
  cpu->failures = 2;
  const EnergyReading reading = reader->read(clock->monotonic());
  EXPECT_EQ(reading.energy, Joules(7));
  EXPECT_EQ(reading.dram, Joules(2));
  cpu->failures = 3;
  EXPECT_THROW((void)reader->read_after(reading, clock->monotonic()), ZeusBaseCPUError);
  EXPECT_THAT(heard.warnings(), IsEmpty());
}

}  // namespace
}  // namespace zeus
