// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a constructor does about GPUs that it can't have now: `when_busy` of the options. A waiting
// job holds no GPU, so that two jobs of several GPUs can't wait for each other. All ranks decide
// alike, from the same reports.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "zeus/guard/prior_settings.h"
#include "zeus/guard/setting_guard.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/rank_agreement.h"

namespace zeus {

class BusyGpus {
 public:
  BusyGpus(const GlobalPowerLimitOptimizerOptions& options, int rank)
      : options_(options), rank_(rank) {}

  // Before each attempt: where the last one met another job, waits until that has let go of these
  // GPUs, but at most half of the construction's time limit. Throws what `while_waiting` throws.
  void wait(const PriorSettings* prior, const std::vector<std::size_t>& positions);

  // What a wait ended with; null where none was interrupted.
  [[nodiscard]] const std::exception_ptr& interruption() const { return interruption_; }

  // This rank can't have a GPU. Throws ZeusBaseGPUError where that ends the construction.
  void report(const GpuNotFreeError& error, RankReport& outcome) const;

  // What all ranks do now that `rank` can't have a GPU: nothing where they try again, else why the
  // job only measures. Throws ZeusBaseGPUError where trying again is in vain.
  [[nodiscard]] std::optional<std::string> decide(const std::vector<RankReport>& outcomes,
                                                  std::size_t rank);

 private:
  const GlobalPowerLimitOptimizerOptions& options_;
  const int rank_;
  bool is_waiting_ = false;
  int changes_ = 0;
  std::string last_said_;
  std::exception_ptr interruption_;
};

}  // namespace zeus
