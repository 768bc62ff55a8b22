// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One power zone of Linux's powercap interface: a folder with the files name, energy_uj and
// max_energy_range_uj. https://docs.kernel.org/power/powercap/powercap.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "zeus/device/rapl/wrapping_counter.h"
#include "zeus/units.h"

namespace zeus::rapl {

// The zone's name, "package-0" or "dram"; empty where it tells none.
[[nodiscard]] std::string zone_name(const std::filesystem::path& zone);

// The zone's energy counter, held open. Not thread-safe.
class ZoneCounter {
 public:
  // Throws ZeusCPUNoPermissionError where this process may not read it, ZeusBaseCPUError where it
  // isn't there or makes no sense.
  // `now` is the present time by a monotonic clock.
  ZoneCounter(const std::filesystem::path& zone, Seconds now);
  ZoneCounter(ZoneCounter&& other) noexcept;
  ZoneCounter& operator=(ZoneCounter&& other) = delete;
  ~ZoneCounter();

  // Energy since this object was made. A wrap that would need more than 1,000 W since the reading
  // before is a reset: that stretch is left out, and the log says so once. Throws ZeusBaseCPUError.
  [[nodiscard]] Joules energy(Seconds now);

  // How often the counter was reset.
  [[nodiscard]] std::uint64_t resets() const { return counter_.resets(); }

  // How often it must be read so that no wrap is missed, whatever is drawn, and a reset costs
  // little; zero where the counter never wraps.
  [[nodiscard]] Seconds longest_pause() const;

 private:
  std::filesystem::path file_name_;
  int file_;
  std::uint64_t range_;
  WrappingCounter counter_;
  Seconds last_read_;
};

}  // namespace zeus::rapl
