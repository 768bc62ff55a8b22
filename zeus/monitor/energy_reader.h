// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the energy of one device: a GPU's counter, a GPU's sampled power where it has no counter,
// or a CPU package's counter. A stretch's energy is the difference of two readings:
//
//     const EnergyReading begin = reader->read(clock->monotonic());
//     ...
//     const EnergyReading end = reader->read_after(begin, clock->monotonic());
//     end.energy - begin.energy, reader->uncertainty(begin, end)
//
// A reading that fails is tried again, up to three times in 10 ms. Each device has its own reader,
// so a device that fails spoils no other's figures. Readers are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "zeus/clock.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/error.h"
#include "zeus/monitor/plausibility.h"
#include "zeus/units.h"

namespace zeus {

// A stretch's energy.
struct EnergyStretch {
  Joules energy;
  Joules uncertainty;            // +-
  Seconds late;                  // how long after the stretch's edges readings had to be repeated
  std::optional<Joules> dram{};  // of a CPU package's memory, where it is measured
};

struct EnergyReading {
  Joules energy{};               // from an origin of the reader's own
  std::optional<Joules> dram{};  // of a CPU package's memory, where it is measured
  Seconds time{};                // when it was read, by the monotonic clock
  Joules doubt{};                // what gaps in sampled power made uncertain so far
  std::uint64_t breaks = 0;      // stretches so far whose energy isn't known
};

class EnergyReader {
 public:
  EnergyReader(const EnergyReader&) = delete;
  EnergyReader& operator=(const EnergyReader&) = delete;
  virtual ~EnergyReader() = default;

  /// "GPU 0", "CPU 1".
  [[nodiscard]] const std::string& name() const { return name_; }

  /// How often the energy moves: the counter's tick, or the sampling period. 0 for a CPU package,
  /// whose counter moves every millisecond.
  [[nodiscard]] Seconds period() const { return period_; }

  /// Whether the energy comes from sampled power.
  [[nodiscard]] bool is_sampled() const { return is_sampled_; }

  /// Reads the energy at `now`, which is the present time by the reader's clock. Throws what the
  /// driver or the kernel answers.
  [[nodiscard]] EnergyReading read(Seconds now) {
    EnergyReading reading;
    read_into(reading, now);
    return reading;
  }

  /// read() without a copy, for what happens twice in each training step.
  void read_into(EnergyReading& reading, Seconds now) {
    const Joules energy = counter_ != nullptr ? read_counter() : kNoCounter;
    if (is_plausible_counter(energy)) {
      reading.energy = energy;  // of a counter nothing else is ever other than by default
      reading.time = now;
    } else {
      reading = do_read(now, energy);
    }
  }

  /// The reading at the end of a stretch that began with `begin`. Throws what read() throws,
  /// ZeusGPUCounterError where a counter went backwards or counted more than the board can draw,
  /// and for sampled power the error that left a long gap in it.
  [[nodiscard]] EnergyReading read_after(const EnergyReading& begin, Seconds now) {
    const Joules energy = counter_ != nullptr ? read_counter() : kNoCounter;
    if (counter_ != nullptr &&
        judge_step(begin.energy, energy, now - begin.time, bound_) == CounterStep::kPlausible) {
      return {.energy = energy, .time = now};
    }
    return do_read_after(begin, now, energy);
  }

  /// read_after(), the difference and its uncertainty() in one, without a copy.
  [[nodiscard]] EnergyStretch stretch(const EnergyReading& begin, Seconds now) {
    const Joules shown = counter_ != nullptr ? read_counter() : kNoCounter;
    const Seconds elapsed = now - begin.time;
    if (counter_ == nullptr ||
        judge_step(begin.energy, shown, elapsed, bound_) != CounterStep::kPlausible) {
      return stretch_to(begin, do_read_after(begin, now, shown), now);
    }
    const Joules energy = shown - begin.energy;
    return {.energy = energy,
            .uncertainty = energy == Joules(0)
                               ? uncertainty_of_zero_
                               : uncertainty_of_difference(energy, elapsed, period_),
            .late = Seconds(0)};
  }

  /// The +- of `end.energy - begin.energy`: about one tick of the mean power, because the counter
  /// shows the energy of its last tick at both ends. A counter that did not move says nothing: the
  /// +- is a tick at the highest power limit.
  [[nodiscard]] Joules uncertainty(const EnergyReading& begin, const EnergyReading& end) const {
    const Joules energy = end.energy - begin.energy;
    if (energy == Joules(0)) return uncertainty_of_zero_ + (end.doubt - begin.doubt);
    return uncertainty_of_difference(energy, end.time - begin.time, period_) +
           (end.doubt - begin.doubt);
  }

  /// How many readings were dropped because they could not be true.
  [[nodiscard]] virtual std::uint64_t dropped() const { return 0; }

 protected:
  /// `counter` is the GPU whose counter is read; null where the energy comes from elsewhere.
  EnergyReader(std::string name, Seconds period, bool is_sampled, const Gpu* counter = nullptr,
               std::optional<Watts> highest_limit = std::nullopt);

  /// What a counter shows that can't be read, or isn't there.
  static constexpr Joules kNoCounter{-1};

  /// Readings from elsewhere than a counter, and those of a counter whose first try gave `refused`:
  /// kNoCounter where it failed, else an energy that can't be true.
  [[nodiscard]] virtual EnergyReading do_read(Seconds now, Joules refused) = 0;
  [[nodiscard]] virtual EnergyReading do_read_after(const EnergyReading& begin, Seconds now,
                                                    Joules refused) = 0;

  [[nodiscard]] const CounterBound& bound() const { return bound_; }

 private:
  [[nodiscard]] EnergyStretch stretch_to(const EnergyReading& begin, const EnergyReading& end,
                                         Seconds now) const;
  [[nodiscard]] Joules read_counter() const {
    try {
      return counter_->total_energy();
    } catch (const ZeusBaseGPUError&) {
      return kNoCounter;  // the next try has the error
    }
  }

  const std::string name_;
  const Seconds period_;
  const bool is_sampled_;
  const Gpu* const counter_;
  const CounterBound bound_;
  const Joules uncertainty_of_zero_;
};

/// Starts a sampling thread where the GPU has no counter. Throws ZeusGPUNotSupportedError for a GPU
/// in MIG mode and for one with neither counter nor power reading.
[[nodiscard]] std::unique_ptr<EnergyReader> make_energy_reader(const VisibleGpu& gpu,
                                                               Seconds sampling_period,
                                                               std::shared_ptr<Clock> clock);
[[nodiscard]] std::unique_ptr<EnergyReader> make_energy_reader(const VisibleCpu& cpu,
                                                               std::shared_ptr<Clock> clock);

}  // namespace zeus
