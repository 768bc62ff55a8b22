// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a Machine finds in this process's environment, as lines for machine_process_test.cc: which
// driver a process finds is settled once in its life, so each case needs a process of its own.
#include <cstdio>
#include <string_view>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/machine.h"

int main() {
  try {
    const zeus::Machine machine;
    std::printf("problem: %s\n", machine.problem().c_str());
    std::printf("driver version: %s\n", machine.driver_version().c_str());
    std::printf("all: %zu\n", machine.all_gpus().size());
    try {
      for (const zeus::VisibleGpu& gpu : machine.gpus()) {
        std::printf("gpu %d: %s\n", gpu.index, gpu.gpu->info().uuid.c_str());
      }
    } catch (const zeus::ZeusGPUInitError& error) {
      std::printf("ZeusGPUInitError: %s (%d, %s)\n", error.what(), error.code(),
                  error.call().c_str());
    } catch (const zeus::ZeusGPUNotSupportedError& error) {
      std::printf("ZeusGPUNotSupportedError: %s\n", error.what());
    }
    try {
      static_cast<void>(machine.gpus({0}));
    } catch (const zeus::ZeusGPUInitError&) {
      std::puts("gpus({0}): ZeusGPUInitError");
    } catch (const zeus::ZeusValueError& error) {
      std::printf("gpus({0}): ZeusValueError: %s\n", error.what());
    }
    zeus::set_log_sink(
        [](zeus::LogLevel, std::string_view logger, std::string_view text) {
          std::printf("warning: %.*s: %.*s\n", static_cast<int>(logger.size()), logger.data(),
                      static_cast<int>(text.size()), text.data());
        },
        zeus::LogLevel::kWarning);
    std::printf("if any: %zu\n", machine.gpus_if_any().size());
  } catch (const zeus::ZeusBaseError& error) {
    std::printf("unexpected: %s\n", error.what());
    return 1;
  }
  return 0;
}
