// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests on the simulated driver: a fixture that loads it, and machines from a few words of
// JSON.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/paths.h"

namespace zeus {

class SimulatedDriver : public testing::Test {
 protected:
  static void SetUpTestSuite() { simulator::load(ZEUS_SIMULATOR_DIR); }
};

// A machine whose scenario has these keys beside the usual choices.
inline simulator::SimulatedMachine simulated_machine(const std::string& json) {
  simulator::SimulatedMachineOptions options;
  options.json = json;
  return simulator::SimulatedMachine(options);
}

}  // namespace zeus
