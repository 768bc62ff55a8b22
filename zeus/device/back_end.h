// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What one way to reach devices (NVIDIA's driver, Linux's powercap) found on this machine. Each
// back end below zeus/device/ has one function that looks and returns this; it doesn't throw for
// what it finds wrong. zeus/machine.cc lists the back ends.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/device/problem.h"

namespace zeus {

struct BackEnd {
  enum class Kind { kGpus, kCpus };
  enum class Status {
    kAbsent,  // there is no such driver or interface on this machine
    kFailed,  // it is there and doesn't work
    kWorks,
  };

  std::string name;  // for a person, for example "NVIDIA"
  Kind kind = Kind::kGpus;
  Status status = Status::kAbsent;
  std::string version;        // of the driver; empty where it doesn't tell
  bool is_simulated = false;  // the driver only plays its devices

  std::vector<std::shared_ptr<Gpu>> gpus;  // every GPU, in the driver's order
  std::vector<int> visible;  // those that the environment shows, in its order: indices into `gpus`
  std::vector<VisibleCpu> cpus;  // those that this process may read

  // What is wrong: where `status` is not kWorks the first says why, else single devices are missing
  // or may be mistaken for others.
  std::vector<Problem> problems;
  // What asking for GPUs throws: why there are none, or why the environment's choice is refused.
  std::exception_ptr gpu_error;
};

}  // namespace zeus
