// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tests of commands that find a simulated machine.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/apps/zeus_program.h"
#include "tests/fake_powercap.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {

// GPUs that a scenario describes, and one CPU package.
class MachineFixture : public ::testing::Test {
 protected:
  MachineFixture() { cpus_.add("intel-rapl:0", "package-0", 1'000'000); }

  RunOptions machine(const std::string& scenario = R"({"gpus": [{"count": 2}]})") {
    write_text(folder_ / "scenario.json", scenario);
    RunOptions options{.environment =
                           simulated_driver(folder_ / "scenario.json", folder_ / "state")};
    options.environment["ZEUS_POWERCAP"] = cpus_.path().string();
    return options;
  }

  // A script of bash in which $zeus is the program and $file the file.
  static Outcome in_shell(const std::string& script, const std::string& file, RunOptions options) {
    options.program = "/bin/bash";
    options.environment["zeus"] = ZEUS_COMMAND;
    options.environment["file"] = file;
    return run_zeus({"--norc", "-c", script}, options);
  }

  TemporaryFolder folder_;
  FakePowercap cpus_;
};

}  // namespace zeus::testing
