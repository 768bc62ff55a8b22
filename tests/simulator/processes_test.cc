// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>

#include "simulator/state/machine_clock.h"
#include "simulator/state/state_file.h"
#include "tests/in_child.h"
#include "tests/simulator/driver_rig.h"
#include "tests/simulator/simple_curve.h"

namespace simulator::testing {
namespace {

using zeus::testing::in_child;

pid_t in_background(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(120);  // a child that blocks fails its test
    work();
    _exit(0);
  }
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(status_of(child)));
}

TEST(Processes, a_limit_set_by_one_process_is_seen_by_another_and_outlives_it) {
  const DriverRig rig;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t setter = in_background([&] {
    if (nvmlInit_v2() != NVML_SUCCESS) _exit(1);
    DriverRig::set_limit_mw(123'456);
    const char byte = 1;
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    pause();
  });
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(rig.limit_mw(), 123'456U);
  kill_and_reap(setter);
  EXPECT_EQ(rig.limit_mw(), 123'456U);
  close(ready[0]);
  close(ready[1]);
}

TEST(Processes, the_state_outlives_all_of_them) {
  const SimulatedMachine simulated;
  const auto answer = [](unsigned limit) {
    return in_child([limit] {
      if (nvmlInit_v2() != NVML_SUCCESS) return std::string("no init");
      const std::string found = std::to_string(DriverRig::limit_mw());
      if (limit != 0) DriverRig::set_limit_mw(limit);
      return found + " " + std::to_string(zeus_sim_clock_monotonic_ns() / kSecond);
    });
  };
  EXPECT_EQ(answer(111'000), "250000 1000");
  EXPECT_EQ(answer(0), "111000 1000");
}

TEST(Processes, virtual_time_is_shared) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  const long long begin = rig.now_ns();
  EXPECT_EQ(in_child([] {
              if (nvmlInit_v2() != NVML_SUCCESS) return std::string("no init");
              for (int i = 0; i < 3; ++i) step(0);
              return std::to_string(truth(0).steps);
            }),
            "3");
  EXPECT_EQ(rig.now_ns() - begin, 3 * kSecond);
  EXPECT_EQ(rig.energy_mj(), 600'000U);
}

TEST(Processes, a_killed_steppers_step_ends_as_planned) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.virtual_clock = false;
  options.steps_per_epoch = 20;  // half a second
  const DriverRig rig(options);
  const pid_t stepper = in_background([] { step(0); });
  while (truth(0).power.value() < 199) usleep(1000);
  kill_and_reap(stepper);
  step(0);  // waits for the GPU, then takes its own half second
  const Truth after = truth(0);
  EXPECT_EQ(after.steps, 2U);
  EXPECT_NEAR(after.busy.value(), 1.0, 1e-9);
  EXPECT_NEAR(after.energy.value(), 1.0 * 200 + (after.elapsed.value() - 1.0) * 33, 1e-6);
  EXPECT_NEAR(after.power.value(), 33, 1e-9);
}

// What the peer of the killed processes holds against the state: a line, empty when all is well.
std::string what_is_torn(StateFile& file, unsigned gpus) {
  StateFile::Access access(file);
  for (unsigned i = 0; i < gpus; ++i) {
    const GpuRecord& record = access.record(i);
    if (record.requested_mw < 100'000 || record.requested_mw > 250'000) return "limit";
    if (record.plan_count < 1 || record.plan_count > GpuRecord::kMaxPlan) return "plan count";
    if (record.plan[record.plan_count - 1].steps_per_s != 0) return "a plan without an end";
    if (record.end_past < record.first_past || record.end_past - record.first_past > kHistory) {
      return "history range";
    }
    const History& history = file.shared().history[i];
    const PowerPiece* before = nullptr;
    const auto follows = [&](const PowerPiece& piece) {
      if (before != nullptr) {
        const double seconds = static_cast<double>(piece.begin_ns - before->begin_ns) / 1e9;
        if (seconds < 0) return false;
        const double energy = before->energy_j + before->watts * seconds;
        if (std::abs(energy - piece.energy_j) > 1e-6 * (1 + energy)) return false;
        const double busy = before->busy_s + (before->steps_per_s > 0 ? seconds : 0);
        if (std::abs(busy - piece.busy_s) > 1e-6 * (1 + busy)) return false;
      }
      before = &piece;
      return true;
    };
    for (std::uint64_t past = record.first_past; past < record.end_past; ++past) {
      if (!follows(history[past % kHistory])) return "history";
    }
    for (std::size_t piece = 0; piece < record.plan_count; ++piece) {
      if (!follows(record.plan[piece])) return "plan";
    }
  }
  return {};
}

[[noreturn]] void use_the_driver_for_ever(unsigned seed, bool initialize_each_time) {
  std::minstd_rand random(seed);
  if (!initialize_each_time && nvmlInit_v2() != NVML_SUCCESS) _exit(1);
  for (;;) {
    if (initialize_each_time && nvmlInit_v2() != NVML_SUCCESS) _exit(1);
    nvmlDevice_t device = nullptr;
    const unsigned gpu = static_cast<unsigned>(random() % 2);
    if (nvmlDeviceGetHandleByIndex_v2(gpu, &device) != NVML_SUCCESS) _exit(1);
    const auto limit = static_cast<unsigned>(100'000 + random() % 150'001);
    if (nvmlDeviceSetPowerManagementLimit(device, limit) != NVML_SUCCESS) _exit(1);
    if (nvmlDeviceSetGpuLockedClocks(device, 135, 1000 + limit % 300) != NVML_SUCCESS) _exit(1);
    unsigned long long energy = 0;
    if (nvmlDeviceGetTotalEnergyConsumption(device, &energy) != NVML_SUCCESS) _exit(1);
    if (zeus_sim_step(&gpu, 1) != 0) _exit(1);
    if (initialize_each_time && nvmlShutdown() != NVML_SUCCESS) _exit(1);
  }
}

[[noreturn]] void watch_until_stopped(const SimulatedMachine& simulated, int from_parent,
                                      int to_parent) {
  const Scenario scenario = load_scenario(simulated.scenario());
  StateFile file(simulated.state(), scenario);
  if (nvmlInit_v2() != NVML_SUCCESS) _exit(2);
  unsigned long long energy = 0;
  long long now = 0;
  std::string torn;
  long looks = 0;
  char byte = 0;
  if (write(to_parent, &byte, 1) != 1) _exit(2);
  while (torn.empty() && read(from_parent, &byte, 1) != 0) {  // non-blocking; 0: the parent closed
    torn = what_is_torn(file, 2);
    const unsigned long long energy_now = DriverRig::energy_mj();
    const long long time_now = DriverRig::now_ns();
    if (energy_now < energy) torn = "the counter went back";
    if (time_now < now) torn = "the time went back";
    energy = energy_now;
    now = time_now;
    ++looks;
  }
  std::printf("the peer looked %ld times: %s\n", looks, torn.empty() ? "well" : torn.c_str());
  std::fflush(stdout);
  _exit(torn.empty() && looks > 0 && now > kVirtualBeginNs ? 0 : 3);
}

TEST(Processes, two_hundred_kills_within_driver_calls_neither_block_a_peer_nor_tear_the_state) {
  SimulatedMachineOptions options;
  options.gpus = 2;
  options.settling_ms = 20;
  options.time_noise = 0.1;
  options.json = R"({"workload": {"step_seconds": 0.01}})";
  const SimulatedMachine simulated(options);
  int to_peer[2];
  int from_peer[2];
  ASSERT_EQ(pipe(to_peer), 0);
  ASSERT_EQ(pipe(from_peer), 0);
  const pid_t peer = in_background([&] {
    close(to_peer[1]);
    fcntl(to_peer[0], F_SETFL, O_NONBLOCK);
    watch_until_stopped(simulated, to_peer[0], from_peer[1]);
  });
  close(to_peer[0]);
  close(from_peer[1]);
  char byte = 0;
  ASSERT_EQ(read(from_peer[0], &byte, 1), 1);
  std::minstd_rand random(7);
  for (unsigned i = 0; i < 200; ++i) {
    // Two at a time, for the lock to be wanted when its holder dies. Every third attaches anew
    // for each round, and so may die while it attaches.
    const pid_t one = in_background([&] {
      close(to_peer[1]);
      use_the_driver_for_ever(i + 1, i % 3 == 0);
    });
    const pid_t other = i % 2 == 0 ? in_background([&] {
      close(to_peer[1]);
      use_the_driver_for_ever(1000 + i, false);
    })
                                   : 0;
    usleep(2000 + static_cast<useconds_t>(random() % 8000));
    kill_and_reap(one);
    if (other != 0) kill_and_reap(other);
  }
  close(to_peer[1]);
  const int status = status_of(peer);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  close(from_peer[0]);
  // And whoever comes now finds it working.
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  EXPECT_GT(truth(0).steps + truth(1).steps, 200U);
  DriverRig::set_limit_mw(100'000);
  EXPECT_EQ(DriverRig::limit_mw(), 100'000U);
  step({0, 1});
  ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

std::string change_scenario(const SimulatedMachine& simulated, const char* text) {
  zeus::testing::write_text(simulated.scenario(), text);
  return in_child([] {
    ::testing::internal::CaptureStderr();
    const nvmlReturn_t code = nvmlInit_v2();
    const std::string said = ::testing::internal::GetCapturedStderr();
    return std::to_string(code) + " " + said +
           (code == NVML_SUCCESS ? std::to_string(DriverRig::limit_mw()) : "");
  });
}

TEST(Processes, a_state_of_another_scenario_is_refused_while_used_and_made_anew_when_not) {
  const SimulatedMachine simulated;
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  DriverRig::set_limit_mw(150'000);
  const char* const other = R"({"clock": "virtual", "seed": 99})";
  EXPECT_EQ(change_scenario(simulated, other),
            "999 zeus simulator: " + simulated.state().string() +
                ": holds the state of another scenario, which a process uses: Device or resource "
                "busy\n");
  ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
  EXPECT_EQ(change_scenario(simulated, other), "0 250000");
}

TEST(Processes, other_faults_are_no_other_scenario) {
  const SimulatedMachine simulated;
  zeus::testing::write_text(simulated.scenario(), R"({"clock": "virtual"})");
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  DriverRig::set_limit_mw(150'000);
  EXPECT_EQ(change_scenario(simulated, R"({"clock": "virtual", "faults":
                [{"function": "nvmlDeviceGetPowerUsage", "code": 15}]})"),
            "0 150000");
  ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Processes, a_file_that_is_no_state_is_made_one_or_refused) {
  const SimulatedMachine simulated;
  zeus::testing::write_text(simulated.state(), "something else");
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  EXPECT_EQ(DriverRig::limit_mw(), 250'000U);
  ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Processes, a_child_has_a_driver_of_its_own_while_the_parent_goes_on) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  step(0);
  EXPECT_EQ(in_child([] {
              step(0);  // what is beside NVML needs no init
              return std::to_string(truth(0).steps);
            }),
            "2");
  step(0);
  EXPECT_EQ(truth(0).steps, 3U);
}

}  // namespace
}  // namespace simulator::testing
