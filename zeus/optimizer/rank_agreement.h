// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the ranks of a job tell each other when an optimizer is constructed, and what follows from
// it: who writes which GPU, and from where to where the sweep goes. Pure but for
// exchange_reports().
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/device/gpu.h"

namespace zeus {

struct ReportedGpu {
  std::string uuid;
  std::string model;
  Watts ceiling;  // the highest limit to be explored on it
  PowerLimitRange range;
  bool is_local = false;  // this rank trains on it
};

// One rank's word. With an `error` nothing else counts.
struct RankReport {
  std::string error;
  std::string settings;  // the parameters that must be the same on all ranks, as text
  std::vector<ReportedGpu> gpus;
  std::optional<std::string> profile;  // rank 0: the text of the profile file
  std::optional<std::string> partial;  // rank 0: the text of the unfinished one
  std::optional<std::string> first;    // rank 0, at last: its first decision (see rank_round.h)
  std::string not_free;  // why one of its GPUs can't be had now; empty where it has them all
  bool is_busy = false;  // because another job has it
};

// What one rank concludes. The same reports give matching agreements on all ranks.
struct Agreement {
  std::vector<std::size_t> owned;  // positions in this rank's GPU list that it writes and counts
  Watts highest;                   // the sweep's first limit: the highest ceiling
  PowerLimitRange range;           // the same on all GPUs
  std::string gpu_model;
  std::vector<std::string> uuids;  // every GPU of the job, once
  std::optional<std::string> profile;
  std::optional<std::string> partial;
};

// Tells the others and hears them. Throws ZeusCommunicatorError where a rank stays silent.
[[nodiscard]] std::vector<RankReport> exchange_reports(Communicator& communicator,
                                                       const RankReport& mine, Seconds timeout);

// The first rank's error, named by rank where there are several; empty where there is none.
[[nodiscard]] std::string first_error(const std::vector<RankReport>& reports);

// The first rank that can't have a GPU now, one whose GPU is busy before the others; nothing where
// there is none.
[[nodiscard]] std::optional<std::size_t> first_not_free(const std::vector<RankReport>& reports);

// A UUID is owned by the rank whose local GPU it is, else by the lowest that lists it. Throws
// ZeusValueError where settings or the limits' ranges differ, ZeusGPUHeterogeneousError where the
// GPU models do.
[[nodiscard]] Agreement agree(const std::vector<RankReport>& reports, int rank);

}  // namespace zeus
