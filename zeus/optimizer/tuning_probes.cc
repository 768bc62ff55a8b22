// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a Tuning's probes are made of.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "zeus/optimizer/tuning.h"
#include "zeus/optimizer/tuning_log.h"

namespace zeus {
namespace {

// In which a change of the limit has come into force.
constexpr Seconds kSettlingTime{0.5};

}  // namespace

// A probe whose figures are to be sure reads the counters at its steps' beginnings, within its
// window: windows of a step each would cost two readings a step, and miss what is between them.
void Tuning::make_readers() {
  if (!plan_.sure) return;
  std::vector<std::shared_ptr<EnergyReader>> readers;
  for (const OwnedGpu& gpu : plan_.gpus) {
    const VisibleGpu& visible = monitor_.gpus()[gpu.position];
    if (!visible.gpu->info().has.energy_counter) {
      say(LogLevel::kInfo,
          "GPU {} has no energy counter: each limit is profiled for {} steps, however sure that "
          "is.",
          visible.index, plan_.origin.profile_steps);
      return;
    }
    readers.push_back(make_energy_reader(visible, visible.gpu->info().counter_period, clock_));
  }
  readers_ = std::move(readers);
  probes_until_sure_ = true;
}

Probe Tuning::make_probe(const KnobSetting& setting) const {
  std::vector<VisibleGpu> gpus;
  gpus.reserve(plan_.gpus.size());
  for (const OwnedGpu& gpu : plan_.gpus) gpus.push_back(monitor_.gpus()[gpu.position]);
  if (!probes_until_sure_) return {setting, std::move(gpus), plan_.origin.profile_steps};
  SureProbing sure{.rules = *plan_.sure, .readers = readers_, .is_reference = history_.empty()};
  for (const VisibleGpu& gpu : gpus) {
    sure.rules.counter_period = std::max(sure.rules.counter_period, gpu.gpu->info().counter_period);
  }
  return {setting, std::move(gpus), plan_.origin.profile_steps, std::move(sure)};
}

// Steps may be so short that those of the warm-up are over before the clocks have followed.
bool Tuning::has_settled() const {
  return !probes_until_sure_ || clock_->monotonic() - applied_at_ >= kSettlingTime;
}

}  // namespace zeus
