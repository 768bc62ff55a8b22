// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests on the simulated driver: a fixture that loads it, and boxes from a few words of JSON.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "simulator/api/box.h"
#include "simulator/api/simulator.h"

namespace zeus {

class SimulatedDriver : public testing::Test {
 protected:
  static void SetUpTestSuite() { simulator::load(ZEUS_SIMULATOR_DIR); }
};

// A box whose scenario has these keys beside the usual choices.
inline simulator::Box box_with(const std::string& json) {
  simulator::BoxOptions options;
  options.json = json;
  return simulator::Box(options);
}

}  // namespace zeus
