// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the guard costs: at a job's start, at each change of a limit (which is noted in the journal
// before and after), and in memory. On simulated GPUs, whose calls take no time.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/prior_settings.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

namespace {

class GuardedGpus {
 public:
  explicit GuardedGpus(int count) : simulated_(options(count)) {
    for (std::size_t gpu = 0; gpu < machine_.gpus().size(); ++gpu) positions_.push_back(gpu);
  }

  [[nodiscard]] const std::vector<zeus::VisibleGpu>& gpus() const { return machine_.gpus(); }
  [[nodiscard]] const std::vector<std::size_t>& positions() const { return positions_; }

  [[nodiscard]] pid_t guard() const {
    const zeus::SettingJournal journal(machine_.journal_folder(), zeus::current_boot());
    const std::string& uuid = gpus().front().gpu->info().uuid;
    return zeus::GpuLock::open(journal.lock_file(uuid))
        ->other_holder(zeus::GpuLock::Part::kGuard)
        .value_or(0);
  }

 private:
  static simulator::SimulatedMachineOptions options(int count) {
    setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);  // for the guard
    simulator::load(ZEUS_SIMULATOR_DIR);
    simulator::SimulatedMachineOptions options;
    options.gpus = count;
    options.virtual_clock = false;
    return options;
  }

  simulator::SimulatedMachine simulated_;
  zeus::Machine machine_;
  std::vector<std::size_t> positions_;
};

// From the first lock to the guard's answer for the last GPU.
void job_start(benchmark::State& state) {
  const GuardedGpus gpus(static_cast<int>(state.range(0)));
  for ([[maybe_unused]] auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores)
    zeus::PriorSettings settings(gpus.gpus());
    const auto begin = std::chrono::steady_clock::now();
    settings.claim(gpus.positions(), /*is_guard_required=*/true);
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    settings.release();
    while (gpus.guard() != 0) std::this_thread::yield();  // the next one would wait for its end
  }
}
BENCHMARK(job_start)->Arg(1)->Arg(8)->UseManualTime()->Unit(benchmark::kMillisecond);

void change_of_a_limit(benchmark::State& state) {
  const GuardedGpus gpus(1);
  zeus::PriorSettings settings(gpus.gpus());
  if (state.range(0) != 0) settings.claim(gpus.positions(), /*is_guard_required=*/true);
  double watts = 150;
  for ([[maybe_unused]] auto _ : state) {
    watts = 350 - watts;
    settings.set(0, {.power_limit = zeus::Watts(watts)});
  }
}
BENCHMARK(change_of_a_limit)->ArgName("guarded")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

double kilobytes_of(pid_t process, const std::string& what) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; file >> word;) {
    double kilobytes = 0;
    if (word == what + ":" && file >> kilobytes) return kilobytes;
  }
  return 0;
}

// What the guard alone needs, with its driver open: pages that no other process has.
void memory(benchmark::State& state) {
  const GuardedGpus gpus(static_cast<int>(state.range(0)));
  zeus::PriorSettings settings(gpus.gpus());
  settings.claim(gpus.positions(), /*is_guard_required=*/true);
  std::this_thread::sleep_for(std::chrono::seconds(2));  // it opens the driver meanwhile
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(gpus.guard());
  const pid_t guard = gpus.guard();
  state.counters["private_kB"] =
      kilobytes_of(guard, "Private_Dirty") + kilobytes_of(guard, "Private_Clean");
  state.counters["heap_and_stack_kB"] = kilobytes_of(guard, "Anonymous");
  state.counters["pss_kB"] = kilobytes_of(guard, "Pss");
}
BENCHMARK(memory)->Arg(1)->Arg(8)->Iterations(1);

}  // namespace
