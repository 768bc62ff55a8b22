// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the optimizer costs a training loop: nanoseconds a step hook. Aims: 2 ns when done, 60 ns
// while it counts. GPUs answer at once, so what is measured is the library.
#include <benchmark/benchmark.h>

#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "benchmarks/constant_gpu.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::benchmarks {
namespace {

GlobalPowerLimitOptimizerOptions options(int warmup_steps, int profile_steps) {
  GlobalPowerLimitOptimizerOptions result;
  result.wait_steps = 0;
  result.warmup_steps = warmup_steps;
  result.profile_steps = profile_steps;
  return result;
}

// The loop without the hook: what the others' excess is over.
void empty_loop(benchmark::State& state) {
  int step = 0;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(++step);
}
BENCHMARK(empty_loop);

// With and without a watch for drift.
void step_begin_when_done(benchmark::State& state) {
  ZeusMonitor monitor(constant_gpus(1));
  auto with = options(0, 1);
  with.retune_on_drift = state.range(0) != 0;
  GlobalPowerLimitOptimizer optimizer(monitor, with);
  for (int i = 0; i < 100; ++i) optimizer.on_step_begin();
  if (!std::holds_alternative<Done>(optimizer.state())) state.SkipWithError("not done");
  for ([[maybe_unused]] auto _ : state) {
    optimizer.on_step_begin();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(step_begin_when_done)->Arg(0)->Arg(1);

void step_when_done(benchmark::State& state) {
  ZeusMonitor monitor(constant_gpus(1));
  auto with = options(0, 1);
  with.retune_on_drift = true;
  GlobalPowerLimitOptimizer optimizer(monitor, with);
  for (int i = 0; i < 100; ++i) optimizer.on_step_begin();
  if (!std::holds_alternative<Done>(optimizer.state())) state.SkipWithError("not done");
  for ([[maybe_unused]] auto _ : state) {
    optimizer.on_step_begin();
    benchmark::ClobberMemory();
    optimizer.on_step_end();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(step_when_done);

void step_begin_while_warming_up(benchmark::State& state) {
  ZeusMonitor monitor(constant_gpus(1));
  GlobalPowerLimitOptimizer optimizer(monitor, options(std::numeric_limits<int>::max(), 1));
  for ([[maybe_unused]] auto _ : state) optimizer.on_step_begin();
}
BENCHMARK(step_begin_while_warming_up);

void step_begin_while_profiling(benchmark::State& state) {
  const auto gpu_count = static_cast<int>(state.range(0));
  ZeusMonitor monitor(constant_gpus(gpu_count));
  GlobalPowerLimitOptimizer optimizer(monitor, options(0, std::numeric_limits<int>::max()));
  for ([[maybe_unused]] auto _ : state) optimizer.on_step_begin();
}
BENCHMARK(step_begin_while_profiling)->Arg(1)->Arg(16);

// The same where figures are to be sure: a step's time is kept. The counter is read so rarely that
// reading costs 1 % of the time, which here is that of the loop itself.
void step_begin_while_profiling_surely(benchmark::State& state) {
  const auto gpu_count = static_cast<int>(state.range(0));
  ZeusMonitor monitor(constant_gpus(gpu_count));
  auto sure = options(0, std::numeric_limits<int>::max());
  sure.wanted_error = 0.01;
  GlobalPowerLimitOptimizer optimizer(monitor, sure);
  while (!std::holds_alternative<Profiling>(optimizer.state())) optimizer.on_step_begin();
  for ([[maybe_unused]] auto _ : state) optimizer.on_step_begin();
}
BENCHMARK(step_begin_while_profiling_surely)->Arg(1)->Arg(16)->Iterations(4'000'000);

// One limit of a sweep over 21, all of it, with one step to measure: the change of the limit, the
// window, the checks, the decision.
void whole_limit(benchmark::State& state) {
  constexpr int kLimits = 21;
  const auto gpu_count = static_cast<int>(state.range(0));
  ZeusMonitor monitor(constant_gpus(gpu_count));
  auto sweep = options(0, 1);
  sweep.pl_step = Watts(150.0 / (kLimits - 1));
  for ([[maybe_unused]] auto _ : state) {
    GlobalPowerLimitOptimizer optimizer(monitor, sweep);
    optimizer.on_step_begin();
    const auto begin = std::chrono::steady_clock::now();
    for (int limit = 1; limit < kLimits; ++limit) optimizer.on_step_begin();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(time.count() / (kLimits - 1));
    if (!std::holds_alternative<Profiling>(optimizer.state())) state.SkipWithError("not 21 limits");
  }
}
BENCHMARK(whole_limit)->RangeMultiplier(2)->Range(1, 16)->UseManualTime()->Iterations(2000);

}  // namespace
}  // namespace zeus::benchmarks
