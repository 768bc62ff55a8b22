// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A scenario is either taken or refused with one line; what is taken makes GPUs that can step.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "simulator/scenario/scenario.h"
#include "simulator/state/gpu_timeline.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void step_all(const simulator::Scenario& scenario) {
  static const auto history = std::make_unique<simulator::History>();
  static const auto record = std::make_unique<simulator::GpuRecord>();
  for (unsigned i = 0; i < scenario.gpus.size(); ++i) {
    constexpr std::int64_t kBegin = 1'000'000'000'000;
    simulator::GpuTimeline timeline(scenario, i, *record, *history);
    timeline.start(kBegin);
    timeline.begin_step(kBegin + 1);
    timeline.set_limit(kBegin + 2, scenario.gpus[i].min_limit_mw);
    require(record->job_end_ns > kBegin);
    require(timeline.energy_j(record->job_end_ns) >= scenario.gpus[i].energy_start_j);
    require(timeline.celsius(record->job_end_ns) > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Other files are another matter.
  if (text.find("csv") != std::string::npos) return 0;
  try {
    step_all(simulator::parse_scenario(text, "scenario", "/nowhere"));
  } catch (const simulator::ScenarioError& error) {
    require(std::string_view(error.what()).starts_with("scenario:"));
  }
  return 0;
}
