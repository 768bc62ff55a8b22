// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A curve whose figures can be had in one's head: at L W between 100 and 200 a step takes
// 1 + (200 - L)/100 seconds and draws L W.
#pragma once

#include <filesystem>

#include "simulator/api/simulated_machine.h"
#include "tests/temporary_folder.h"

namespace simulator::testing {

class SimpleCurve {
 public:
  SimpleCurve() {
    zeus::testing::write_text(
        file(),
        "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n"
        "d,n,1,o,200,10,200\n"
        "d,n,1,o,100,20,100\n");
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "curve.csv"; }

  // One GPU in virtual time that starts at 200 W.
  [[nodiscard]] SimulatedMachineOptions options() const {
    SimulatedMachineOptions options;
    options.csv = file();
    options.steps_per_epoch = 10;
    options.prior_limit_w = 200;
    return options;
  }

 private:
  zeus::testing::TemporaryFolder folder_;
};

}  // namespace simulator::testing
