// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What PowerMonitor.get_energy() asks of a timeline: the integral over a stretch of the past, with
// 1,000 to 1,000,000 points kept. Wanted: the logarithm of their number.
#include <benchmark/benchmark.h>

#include <optional>

#include "zeus/monitor/timeline.h"

namespace zeus::benchmarks {
namespace {

Timeline timeline_of(long points) {
  Timeline timeline(std::nullopt);
  for (long i = 0; i < points; ++i) {
    timeline.add(Seconds(0.01 * static_cast<double>(i)), static_cast<double>(100 + i % 2));
  }
  return timeline;
}

void integral(benchmark::State& state) {
  const Timeline timeline = timeline_of(state.range(0));
  const double length = 0.01 * static_cast<double>(state.range(0));
  for ([[maybe_unused]] auto unused : state) {
    benchmark::DoNotOptimize(timeline.integral(Seconds(0.3 * length), Seconds(0.7 * length)));
  }
}

BENCHMARK(integral)->RangeMultiplier(10)->Range(1'000, 1'000'000);

}  // namespace
}  // namespace zeus::benchmarks
