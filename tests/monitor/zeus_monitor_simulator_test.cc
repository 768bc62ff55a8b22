// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The monitor over the NVML back end and the simulated driver, against what really happened there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using zeus::testing::read_text;
using zeus::testing::TemporaryFolder;

// Above what any of the models draws, for bounds: energy of a tick is at most this times its
// length.
constexpr Watts kMostPower{330};

class SimulatedMonitor : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { simulator::load(ZEUS_SIMULATOR_DIR); }

  // The machine of a machine, with the machine's clock.
  void make(const simulator::SimulatedMachineOptions& options) {
    simulated_.emplace(options);
    machine_.emplace(MachineOptions{});
    clock_ = std::make_shared<simulator::SimulatorClock>();
    options_.clock = clock_;
  }

  std::unique_ptr<ZeusMonitor> monitor() {
    return std::make_unique<ZeusMonitor>(machine_->gpus(), options_);
  }

  static void steps(unsigned gpu, int count) {
    for (int i = 0; i < count; ++i) simulator::step(gpu);
  }

  std::optional<simulator::SimulatedMachine> simulated_;
  std::optional<Machine> machine_;
  std::shared_ptr<Clock> clock_;
  ZeusMonitorOptions options_;
};

simulator::SimulatedMachineOptions noisy_machine(const std::string& model) {
  simulator::SimulatedMachineOptions options;
  options.model = model;
  options.time_noise = 0.03;
  options.power_noise = 0.01;
  options.tick_ms.reset();
  return options;
}

TEST_F(SimulatedMonitor, a_windows_energy_is_the_true_one_within_a_tick) {
  for (const char* model : {"V100", "A40", "RTX6000"}) {
    make(noisy_machine(model));
    const auto monitor = this->monitor();
    const Seconds tick = machine_->gpus().at(0).gpu->info().counter_period;
    const Watts limits[] = {Watts(250), Watts(175), Watts(100)};
    for (const Watts limit : limits) {
      machine_->gpus().at(0).gpu->set_power_limit(limit);
      for (const int count : {5, 12, 40}) {
        const simulator::Truth before = simulator::truth(0);
        monitor->begin_window("steps");
        steps(0, count);
        const Measurement found = monitor->end_window("steps");
        const simulator::Truth after = simulator::truth(0);
        const Joules truth = after.energy - before.energy;
        EXPECT_NEAR(found.total_energy().value(), truth.value(), (kMostPower * tick).value())
            << model << " at " << limit.value() << " W";
        EXPECT_NEAR(found.time.value(), (after.elapsed - before.elapsed).value(), 1e-6) << model;
        EXPECT_FALSE(found.shorter_than_counter_period);
      }
    }
  }
}

TEST_F(SimulatedMonitor, a_counter_without_ticks_is_measured_to_the_millijoule) {
  make({});
  const auto monitor = this->monitor();
  const Joules before = simulator::truth(0).energy;
  monitor->begin_window("steps");
  steps(0, 30);
  const Measurement found = monitor->end_window("steps");
  EXPECT_NEAR(found.total_energy().value(), (simulator::truth(0).energy - before).value(), 0.002);
}

TEST_F(SimulatedMonitor, a_gpu_without_a_counter_is_sampled_close_to_the_truth) {
  simulator::SimulatedMachineOptions options = noisy_machine("P100");
  options.step_seconds = 0.35;
  options.read_latency_ms = 0.3;
  make(options);
  ASSERT_FALSE(machine_->gpus().at(0).gpu->info().has.energy_counter);
  const auto monitor = this->monitor();
  for (int round = 0; round < 3; ++round) {
    const Joules before = simulator::truth(0).energy;
    monitor->begin_window("steps");
    steps(0, 20);
    clock_->sleep_until(clock_->monotonic() + Seconds(2), {});  // idle power counts too
    const Measurement found = monitor->end_window("steps");
    const Joules truth = simulator::truth(0).energy - before;
    // The sensor tells what was 20 ms ago, so two changes of power per window are late by that.
    EXPECT_NEAR(found.total_energy() / truth, 1, 0.01);
    EXPECT_FALSE(found.shorter_than_counter_period);
  }
}

TEST_F(SimulatedMonitor, windows_are_timed_by_the_virtual_clock) {
  make({});
  const auto monitor = this->monitor();
  const Seconds date = clock_->unix_time();
  monitor->begin_window("outer");
  clock_->sleep_until(clock_->monotonic() + Seconds(1000), {});
  monitor->begin_window("inner");
  clock_->sleep_until(clock_->monotonic() + Seconds(500), {});
  const Measurement inner = monitor->end_window("inner");
  const Measurement outer = monitor->end_window("outer");
  EXPECT_NEAR(inner.time.value(), 500, 1e-6);
  EXPECT_NEAR(outer.time.value(), 1500, 1e-6);
  EXPECT_NEAR((inner.start_time - date).value(), 1000, 1e-3);
  // A V100 draws 33 W when idle.
  EXPECT_NEAR(inner.total_energy().value(), 33 * 500, 0.01);
  EXPECT_NEAR(outer.total_energy().value(), 33 * 1500, 0.01);
}

TEST_F(SimulatedMonitor, energy_is_told_apart_by_gpu) {
  const TemporaryFolder folder;
  simulator::SimulatedMachineOptions options;
  options.gpus = 2;
  make(options);
  options_.log_file = folder / "log.csv";
  const auto monitor = this->monitor();
  const Joules before[] = {simulator::truth(0).energy, simulator::truth(1).energy};
  monitor->begin_window("GPU 1 works");
  steps(1, 20);
  const Measurement found = monitor->end_window("GPU 1 works");
  for (unsigned i = 0; i < 2; ++i) {
    EXPECT_NEAR(found.gpu_energy.at(i).energy.value(),
                (simulator::truth(i).energy - before[i]).value(), 0.002);
  }
  EXPECT_GT(found.gpu_energy[1].energy, 2 * found.gpu_energy[0].energy);
  EXPECT_THAT(read_text(folder / "log.csv"), HasSubstr(",GPU 1 works,"));
}

TEST_F(SimulatedMonitor, a_counter_that_jumps_back_is_an_error_of_that_window) {
  simulator::SimulatedMachineOptions options;
  options.gpus = 2;
  // Of GPU 1's counter, the first reading is the probe when it is opened, the second the
  // monitor's, the third a begin.
  options.json = R"({"faults": [{"counter_jumps_back_mj": 5000000, "gpu": 1, "call": 4}],
                     "gpus": [{"model": "V100", "count": 2, "energy_start_mj": 9000000}]})";
  make(options);
  const auto monitor = this->monitor();
  monitor->begin_window("epoch");
  steps(1, 3);
  EXPECT_THAT([&] { monitor->end_window("epoch"); },
              ThrowsMessage<ZeusGPUCounterError>(AllOf(HasSubstr("'epoch'"), HasSubstr("GPU 1"))));
  monitor->begin_window("epoch");
  steps(1, 3);
  EXPECT_GT(monitor->end_window("epoch").total_energy(), Joules(0));
}

TEST_F(SimulatedMonitor, a_lost_gpu_at_the_end_closes_the_window_with_nvmls_code) {
  simulator::SimulatedMachineOptions options;
  options.json =
      R"({"faults": [{"function": "nvmlDeviceGetTotalEnergyConsumption", "code": 15, "call": 4}]})";
  make(options);
  const auto monitor = this->monitor();
  monitor->begin_window("w");
  try {
    monitor->end_window("w");
    ADD_FAILURE() << "no error";
  } catch (const ZeusGPULostError& error) {
    EXPECT_EQ(error.code(), 15);
    EXPECT_EQ(error.call(), "nvmlDeviceGetTotalEnergyConsumption");
  }
  EXPECT_THROW(monitor->end_window("w"), ZeusValueError);
}

TEST_F(SimulatedMonitor, a_gpu_in_mig_mode_is_refused) {
  simulator::SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"model": "A40", "mig": true}]})";
  make(options);
  EXPECT_THAT([&] { monitor(); }, ThrowsMessage<ZeusGPUNotSupportedError>(HasSubstr("MIG")));
}

// On the real clock, where several threads can step at once. The truth before and after each edge
// bounds what that edge may have read, however long a thread was kept waiting between them.
struct Bounds {
  Joules low;
  Joules high;
};

Bounds bounds(unsigned gpu, const std::function<void()>& edge) {
  const Joules before = simulator::truth(gpu).energy;
  edge();
  return {.low = before, .high = simulator::truth(gpu).energy};
}

TEST_F(SimulatedMonitor, windows_of_threads_that_overlap_agree_with_the_truth) {
  simulator::SimulatedMachineOptions options = noisy_machine("V100");
  options.virtual_clock = false;
  options.gpus = 2;
  options.step_seconds = 0.02;
  options.read_latency_ms = 0.3;
  make(options);
  const auto monitor = this->monitor();
  const Joules tick = kMostPower * machine_->gpus().at(0).gpu->info().counter_period;
  const auto train = [&](unsigned gpu, const std::string& name) {
    for (int round = 0; round < 4; ++round) {
      Measurement found;
      const Bounds begin = bounds(gpu, [&] { monitor->begin_window(name); });
      steps(gpu, 4);
      const Bounds end = bounds(gpu, [&] { found = monitor->end_window(name); });
      const Joules energy = found.gpu_energy.at(gpu).energy;
      EXPECT_GE(energy, end.low - begin.high - tick);
      EXPECT_LE(energy, end.high - begin.low + tick);
    }
  };
  std::jthread other([&] { train(1, "one"); });
  train(0, "zero");
}

TEST_F(SimulatedMonitor, sampling_on_the_real_clock_agrees_with_the_truth) {
  simulator::SimulatedMachineOptions options = noisy_machine("P100");
  options.virtual_clock = false;
  options.time_noise = options.power_noise = 0;
  options.step_seconds = 0.02;
  make(options);
  const auto monitor = this->monitor();
  // Steps all the time: steady power, whatever the scheduling.
  std::jthread training([](const std::stop_token& stop) {
    while (!stop.stop_requested()) simulator::step(0);
  });
  clock_->sleep_until(clock_->monotonic() + Seconds(0.2), {});
  Measurement found;
  const Bounds begin = bounds(0, [&] { monitor->begin_window("w"); });
  clock_->sleep_until(clock_->monotonic() + Seconds(0.5), {});
  const Bounds end = bounds(0, [&] { found = monitor->end_window("w"); });
  const Joules late = kMostPower * Seconds(0.05);
  EXPECT_GE(found.total_energy(), 0.8 * (end.low - begin.high) - late);
  EXPECT_LE(found.total_energy(), 1.2 * (end.high - begin.low) + late);
}

TEST_F(SimulatedMonitor, a_window_inside_a_step_is_approximated_by_power) {
  simulator::SimulatedMachineOptions options = noisy_machine("V100");
  options.virtual_clock = false;
  options.time_noise = options.power_noise = 0;
  options.step_seconds = 0.25;
  make(options);
  options_.approx_instant_energy = true;
  const auto monitor = this->monitor();
  std::jthread training([](const std::stop_token& stop) {
    while (!stop.stop_requested()) simulator::step(0);
  });
  clock_->sleep_until(clock_->monotonic() + Seconds(0.1), {});
  const Watts power = simulator::truth(0).power;
  EXPECT_GT(power, Watts(100));
  Measurement found;
  do {  // a busy machine may keep this thread waiting for longer than a tick
    monitor->begin_window("w");
    clock_->sleep_until(clock_->monotonic() + Seconds(0.004), {});
    found = monitor->end_window("w");
  } while (found.time >= Seconds(0.02));
  EXPECT_FALSE(found.shorter_than_counter_period);
  EXPECT_NEAR(found.total_energy() / found.time / power, 1, 0.02);
}

}  // namespace
}  // namespace zeus
