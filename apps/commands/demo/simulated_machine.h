// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The demo's GPUs: a box of the simulated driver, loaded into this process in the real driver's
// place. One at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/commands/demo/demo.h"
#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"

namespace zeus::apps {

// What all GPUs have done since some moment, exactly.
struct Spent {
  Joules energy;
  Seconds time;
  long long steps = 0;
};

class SimulatedMachine {
 public:
  // Throws a ZeusBaseError or simulator::ScenarioError where the simulated driver is not installed
  // or the table can't be used.
  explicit SimulatedMachine(const DemoOptions& options);

  [[nodiscard]] std::shared_ptr<Clock> clock() const { return clock_; }

  // One training step on all GPUs.
  void step();

  // Since the machine was made: the ground truth, not what the driver admits.
  [[nodiscard]] Spent spent() const;

  // What is simulated, and where its figures come from; each fits a line.
  [[nodiscard]] const std::string& workload() const { return workload_; }
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  simulator::SimulatedMachine box_;
  std::shared_ptr<Clock> clock_;
  std::vector<unsigned> gpus_;
  long long steps_ = 0;
  std::string workload_;
  std::string source_;
};

}  // namespace zeus::apps
