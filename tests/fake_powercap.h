// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A folder like /sys/class/powercap/intel-rapl, whose counters a test sets by hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/temporary_folder.h"

namespace zeus::testing {

class FakePowercap {
 public:
  static constexpr std::uint64_t kRange = 262'143'328'850;  // a Xeon's, in uJ

  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

  // `zone` is "intel-rapl:0" or, for a package's part, "intel-rapl:0/intel-rapl:0:1".
  void add(const std::string& zone, const std::string& name, std::uint64_t energy_uj,
           std::uint64_t range_uj = kRange) const {
    std::filesystem::create_directories(path() / zone);
    write_text(path() / zone / "name", name + "\n");
    write_text(path() / zone / "max_energy_range_uj", std::to_string(range_uj) + "\n");
    set(zone, energy_uj);
  }

  void set(const std::string& zone, std::uint64_t energy_uj) const {
    write_text(counter(zone), std::to_string(energy_uj) + "\n");
  }

  [[nodiscard]] std::filesystem::path counter(const std::string& zone) const {
    return path() / zone / "energy_uj";
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace zeus::testing
