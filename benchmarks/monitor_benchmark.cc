// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a measurement window costs beside the driver's calls: a begin/end pair over 1 to 16 GPUs
// that answer at once, on the machine's clock. Wanted: at most 2 us over 8 GPUs, and a cost a GPU
// that does not grow with their number (the counter "per_gpu").
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "benchmarks/constant_gpu.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus::benchmarks {
namespace {

void pairs(benchmark::State& state, const ZeusMonitorOptions& options) {
  ZeusMonitor monitor(constant_gpus(static_cast<int>(state.range(0))), options);
  for ([[maybe_unused]] auto unused : state) {
    monitor.begin_window("step");
    benchmark::DoNotOptimize(monitor.end_window("step"));
  }
  state.counters["per_gpu"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void begin_end_pair(benchmark::State& state) { pairs(state, {}); }

void begin_end_pair_with_csv(benchmark::State& state) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      ("zeus-monitor-benchmark-" + std::to_string(getpid()) + ".csv");
  pairs(state, {.log_file = file});
  std::filesystem::remove(file);
}

// With nine other windows open.
void begin_end_pair_among_others(benchmark::State& state) {
  ZeusMonitor monitor(constant_gpus(static_cast<int>(state.range(0))));
  for (int i = 0; i < 9; ++i) monitor.begin_window("window " + std::to_string(i));
  for ([[maybe_unused]] auto unused : state) {
    monitor.begin_window("step");
    benchmark::DoNotOptimize(monitor.end_window("step"));
  }
}

BENCHMARK(begin_end_pair)->RangeMultiplier(2)->Range(1, 16);
BENCHMARK(begin_end_pair_with_csv)->RangeMultiplier(2)->Range(1, 16);
BENCHMARK(begin_end_pair_among_others)->Arg(8);

}  // namespace
}  // namespace zeus::benchmarks
