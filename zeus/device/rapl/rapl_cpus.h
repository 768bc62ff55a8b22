// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The CPU packages that Linux's powercap interface shows (Intel's RAPL; AMD's since Zen under the
// same names): energy of each package and of its memory. The whole platform's zone ("psys") is left
// out: it holds the packages.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/back_end.h"

namespace zeus::rapl {

struct FoundCpus {
  std::vector<VisibleCpu> cpus;    // numbered from 0 in the zones' order
  std::optional<Problem> problem;  // why there are fewer than zones
};

// `folder` is /sys/class/powercap/intel-rapl; one that isn't there is no problem, it has no CPUs.
// `clock` wakes the threads that read now and then, so that no wrap of a counter is missed; they
// run while an object that was asked for its energy lives.
[[nodiscard]] FoundCpus find_cpus(const std::filesystem::path& folder,
                                  const std::shared_ptr<Clock>& clock = system_clock());

// The CPUs in the first of the folders that is there; absent where none is.
[[nodiscard]] BackEnd find_cpus(const std::vector<std::filesystem::path>& folders);

}  // namespace zeus::rapl
