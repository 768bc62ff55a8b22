// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_gain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "zeus/optimizer/pooled_results.h"

namespace zeus {
namespace {

// The variance of the mean of a setting's energies, as far as the probes know their own errors;
// relative.
double energy_variance(std::span<const ProbeResult> history, const KnobSetting& setting) {
  double sum = 0.0;
  double count = 0.0;
  for (const ProbeResult& it : history) {
    if (it.setting != setting) continue;
    const double error = it.energy_error / it.energy;
    sum += error * error;
    ++count;
  }
  return sum / (count * count);
}

ExpectedChange change(double from, double to, double variance) {
  const double ratio = to / from;
  return {.share = ratio - 1.0, .error = ratio * std::sqrt(variance)};
}

void add_costs(SearchGain& gain, std::span<const ProbeResult> history, Joules reference_energy,
               Seconds reference_time, const GainTerms& terms) {
  for (const ProbeResult& it : history) {
    const std::int64_t measured = it.steps > 0 ? it.steps : terms.profile_steps;
    const std::int64_t steps = std::max(0, terms.warmup_steps) + measured;
    const double share = static_cast<double>(steps) / terms.profile_steps;
    const Joules energy = it.energy + terms.host_power * it.time;
    gain.profiling_steps += steps;
    gain.profiling_energy += share * (energy - reference_energy);
    gain.profiling_time += share * (it.time - reference_time);
  }
}

std::string amount(Joules energy) {
  const double joules = std::abs(energy.value());
  return joules < 9999.5 ? fmt::format("{:.0f} J", joules) : fmt::format("{:.0f} kJ", joules / 1e3);
}

const char* more_or_less(double change) { return change < 0 ? "less" : "more"; }

// "12.3 % less energy (+-0.9 %)".
std::string in_words(const ExpectedChange& change, const char* what) {
  return fmt::format("{:.1f} % {} {} (+-{:.1f} %)", 100 * std::abs(change.share),
                     more_or_less(change.share), what, 100 * change.error);
}

std::string payback(const SearchGain& gain) {
  if (!gain.payback_steps) return {};
  if (*gain.payback_steps == 0.0) return ": it has paid for itself";
  constexpr double kRounding = 1e-6;  // 200.0000001 is 200
  return fmt::format(": paid back after {:.0f} steps", std::ceil(*gain.payback_steps - kRounding));
}

}  // namespace

std::optional<SearchGain> gain_of(std::span<const ProbeResult> history, const KnobSetting& choice,
                                  const GainTerms& terms) {
  std::vector<ProbeResult> allowed;
  std::ranges::copy_if(history, std::back_inserter(allowed), [&terms](const ProbeResult& it) {
    return terms.allowed.contains(it.setting.power_limit);
  });
  if (allowed.empty()) return std::nullopt;
  const PooledResults pooled = pool(allowed);
  const PooledPoint& reference = pooled.points.front();
  const PooledPoint* const chosen = pooled.find(choice);
  if (chosen == nullptr) return std::nullopt;

  const Joules reference_energy = reference.energy + terms.host_power * reference.time;
  const Joules energy = chosen->energy + terms.host_power * chosen->time;
  SearchGain gain{.reference = reference.setting, .host_power = terms.host_power};
  if (chosen != &reference) {
    // Probes differ by more than each knows of its own error.
    const double between =
        pooled.between * pooled.between * (1.0 / reference.probes + 1.0 / chosen->probes);
    gain.energy = change(
        reference_energy.value(), energy.value(),
        energy_variance(allowed, reference.setting) + energy_variance(allowed, choice) + between);
    gain.time = change(reference.time.value(), chosen->time.value(),
                       reference.own_variance + chosen->own_variance + between);
  }
  add_costs(gain, allowed, reference_energy, reference.time, terms);
  const Joules saved = (reference_energy - energy) / terms.profile_steps;  // by a step
  if (saved > Joules(0)) {
    gain.payback_steps = std::max(0.0, gain.profiling_energy / saved);
  }
  return gain;
}

std::string describe(const SearchGain& gain) {
  std::string text;
  if (gain.energy.share != 0.0 || gain.time.share != 0.0) {
    text = fmt::format("Expected against {:g} W: {}{}, {}. ", gain.reference.power_limit.value(),
                       in_words(gain.energy, "energy"),
                       gain.host_power > Watts(0)
                           ? fmt::format(" with the host's {:.0f} W", gain.host_power.value())
                           : "",
                       in_words(gain.time, "time"));
  }
  return text + describe_costs(gain);
}

std::string describe_costs(const SearchGain& gain) {
  if (gain.profiling_steps == 0) return {};
  return fmt::format(
      "Profiling took {} steps, {} {} and {:.1f} s {} than at {:g} W{}.", gain.profiling_steps,
      amount(gain.profiling_energy), more_or_less(gain.profiling_energy.value()),
      std::abs(gain.profiling_time.value()), more_or_less(gain.profiling_time.value()),
      gain.reference.power_limit.value(), payback(gain));
}

}  // namespace zeus
