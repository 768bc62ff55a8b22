// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Starts jobs of several processes on this machine with its mpirun.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/apps/zeus_program.h"

namespace zeus::testing {

using Environment = std::map<std::string, std::optional<std::string>>;

// Runs `ranks` processes of a program, as root or not, on however few cores, and waits for the end.
inline Outcome run_mpi_job(int ranks, const std::vector<std::string>& program,
                           const Environment& more = {}) {
  Environment environment{{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                          {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                          {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                          {"OMPI_MCA_mpi_yield_when_idle", "1"},
                          // Open MPI leaks, from modules that are unloaded by the end: they can't
                          // be told from ours.
                          {"LSAN_OPTIONS", "detect_leaks=0"},
                          // Containers refuse it, and Open MPI complains on every line.
                          {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"}};
  for (const auto& [name, value] : more) environment[name] = value;
  std::vector<std::string> arguments{"-n", std::to_string(ranks)};
  arguments.insert(arguments.end(), program.begin(), program.end());
  return run_zeus(arguments, {.program = ZEUS_MPIRUN, .environment = environment});
}

}  // namespace zeus::testing
