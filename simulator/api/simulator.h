// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulated driver from C++: the training step, the clock and the ground truth. All of it goes
// through the libnvidia-ml.so.1 that is loaded, the one that the library under test uses, and
// throws ZeusGPUInitError when that is not the simulated one. Thread-safe.
//
// Programs of several processes or of several stepping threads use the real clock: in virtual time
// each step moves the one shared clock on its own, so steps don't overlap.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "zeus/clock.h"
#include "zeus/units.h"

namespace simulator {

// Loads the simulated driver from `folder`, before anything else has loaded a driver: whoever asks
// for "libnvidia-ml.so.1" from then on gets it. Stays loaded.
void load(const std::filesystem::path& folder);

// Whether the driver that this process has loaded is the simulated one. Loads nothing.
[[nodiscard]] bool is_loaded();

// One training step on these GPUs (NVML indices), in synchronous data parallel. Blocks until the
// slowest is through. Throws ZeusValueError for a GPU that is not there or there twice.
void step(std::span<const unsigned> gpus);
inline void step(const std::vector<unsigned>& gpus) { step(std::span<const unsigned>(gpus)); }
inline void step(unsigned gpu) { step(std::span<const unsigned>(&gpu, 1)); }

// What really happened on a GPU since the machine was made.
struct Truth {
  zeus::Joules energy;  // exact, without ticks or rounding
  zeus::Seconds elapsed;
  zeus::Seconds busy;  // of it, in steps
  zeus::Watts power;   // drawn now
  std::uint64_t steps = 0;
};
[[nodiscard]] Truth truth(unsigned gpu);

// The machine's clock. In virtual time a sleep whose stop token can be stopped is a background's:
// it ends when others have moved the time that far. One that cannot be stopped moves the time
// itself.
class SimulatorClock final : public zeus::Clock {
 public:
  // Throws ZeusGPUInitError when the simulated driver is not there.
  SimulatorClock();

  [[nodiscard]] zeus::Seconds monotonic() const override;
  [[nodiscard]] zeus::Seconds unix_time() const override;
  void sleep_until(zeus::Seconds deadline, std::stop_token stop) override;
};

}  // namespace simulator
