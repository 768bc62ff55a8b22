// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Stands for a training step. In your program it is your own forward pass, backward pass and
// update.
#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include "simulator/api/simulator.h"
#include "zeus/error.h"

// On the simulated driver a step that draws power and takes time as the power limit has it; on real
// GPUs, which this example has no kernels for, a pause.
inline void train_one_batch(const std::vector<int>& gpu_indices) {
  try {
    simulator::step(std::vector<unsigned>(gpu_indices.begin(), gpu_indices.end()));
  } catch (const zeus::ZeusGPUInitError&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}
