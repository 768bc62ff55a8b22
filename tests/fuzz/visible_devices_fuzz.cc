// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// CUDA_VISIBLE_DEVICES, whatever it holds, gives GPUs that are there, each once, or is refused for
// naming a MIG instance.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "zeus/device/nvml/cuda_visible_devices.h"
#include "zeus/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> kUuids{"GPU-0a1b", "GPU-0a2c", "", "GPU-ffff", "GPU-0a1b2"};
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    std::vector<int> gpus = zeus::nvml::visible_devices(text, kUuids);
    std::sort(gpus.begin(), gpus.end());
    const bool is_twice = std::adjacent_find(gpus.begin(), gpus.end()) != gpus.end();
    const bool is_there = gpus.empty() || (gpus.front() >= 0 && gpus.back() < 5);
    if (is_twice || !is_there) std::abort();
  } catch (const zeus::ZeusGPUNotSupportedError&) {
    if (text.find("MIG-") == std::string::npos) std::abort();
  }
  static_cast<void>(zeus::nvml::lists_uuids(text));
  return 0;
}
