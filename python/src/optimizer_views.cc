// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What Python sees of an optimizer: its state, figures, progress and report. Changes nothing.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "python/src/gil.h"
#include "python/src/optimizer_engine.h"

namespace zeus::python {
namespace {

StateDescription describe(const OptimizerState& state) {
  const auto tuple = [](const char* name, std::optional<Watts> limit, std::optional<int> steps,
                        const std::string& reason) {
    return StateDescription(name, limit ? std::optional(to_milliwatts(*limit)) : std::nullopt,
                            steps, reason);
  };
  return std::visit(
      [&]<class State>(const State& it) {
        if constexpr (std::is_same_v<State, Ready>) {
          return tuple("Ready", it.next_power_limit, it.steps, {});
        } else if constexpr (std::is_same_v<State, Warmup>) {
          return tuple("Warmup", it.current_power_limit, it.steps, {});
        } else if constexpr (std::is_same_v<State, Profiling>) {
          return tuple("Profiling", it.current_power_limit, it.steps, {});
        } else if constexpr (std::is_same_v<State, Waiting>) {
          return tuple("Waiting", {}, {}, {});
        } else if constexpr (std::is_same_v<State, Done>) {
          return tuple("Done", it.optimal_power_limit, {}, {});
        } else {
          return tuple("Stopped", {}, {}, it.reason);
        }
      },
      state);
}

}  // namespace

template <class Look>
auto OptimizerEngine::while_quiet(Look look) {
  if (!busy_ || is_in_hook()) return look();
  fork_check_.require_same_process("This optimizer");
  const GilRelease release;
  const std::lock_guard lock(mutex_);
  const GilAcquire acquire;
  return look();
}

StateDescription OptimizerEngine::state() {
  return while_quiet([this] { return describe(optimizer_->state()); });
}

std::vector<std::int64_t> OptimizerEngine::power_limits() const {
  std::vector<std::int64_t> limits;
  for (const Watts limit : optimizer_->power_limits()) limits.push_back(to_milliwatts(limit));
  return limits;
}

std::int64_t OptimizerEngine::current_power_limit() {
  return while_quiet([this] { return to_milliwatts(optimizer_->current_power_limit()); });
}

bool OptimizerEngine::is_retuning() {
  return while_quiet([this] { return optimizer_->is_retuning(); });
}

std::vector<Point> OptimizerEngine::measurements() {
  return while_quiet([this] {
    std::vector<Point> points;
    for (const PowerLimitMeasurement& point : optimizer_->measurements()) {
      points.emplace_back(point.power_limit.value(), point.energy.value(), point.time.value());
    }
    return points;
  });
}

ProgressDescription OptimizerEngine::progress() {
  return while_quiet([this] {
    const TuningProgress progress = optimizer_->progress();
    return ProgressDescription(progress.probes_done, progress.probes_expected, progress.steps_left,
                               to_milliwatts(progress.setting.power_limit),
                               progress.stopped_because);
  });
}

ReportDescription OptimizerEngine::report() {
  return while_quiet([this] {
    const TuningReport report = optimizer_->report();
    std::vector<ProbePoint> probes;
    for (const ProbeResult& probe : report.probes) {
      probes.emplace_back(to_milliwatts(probe.setting.power_limit), probe.energy.value(),
                          probe.time.value(), probe.energy_error.value(), probe.time_error.value(),
                          probe.steps,
                          LongStepsPoint(probe.long_steps.share, probe.long_steps.times,
                                         probe.long_steps.are_counted),
                          probe.drifts, probe.is_sure);
    }
    std::optional<GainPoint> gain;
    if (report.gain) {
      const SearchGain& found = *report.gain;
      gain.emplace(to_milliwatts(found.reference.power_limit), found.energy.share,
                   found.energy.error, found.time.share, found.time.error, found.host_power.value(),
                   found.profiling_steps, found.profiling_energy.value(),
                   found.profiling_time.value(), found.payback_steps);
    }
    std::optional<std::int64_t> choice;
    if (report.choice) choice = to_milliwatts(report.choice->power_limit);
    return ReportDescription(std::move(probes), to_milliwatts(report.prior.power_limit), choice,
                             report.choice_reason, report.stopped_because, report.dropped_probes,
                             report.restarts, gain);
  });
}

}  // namespace zeus::python
