// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/other_settings.h"

#include <fmt/format.h>

#include <exception>
#include <functional>

#include "zeus/device/gpu_controls.h"
#include "zeus/error.h"

namespace zeus {

std::string restore(const VisibleGpu& visible, OtherSettings& settings) {
  std::string trouble;
  // A driver that is busy or was just interrupted may answer at the second try.
  constexpr int kAttempts = 3;
  const auto attempt = [&](const char* what, const std::function<void(GpuControls&)>& act) {
    for (int i = 1;; ++i) {
      try {
        act(visible.gpu->controls());
        return true;
      } catch (const ZeusGPUNotSupportedError&) {
        return true;  // then it can't have been changed
      } catch (const std::exception& error) {
        if (i < kAttempts) continue;
        trouble += fmt::format("{}the {} of GPU {} could not be put back ({})",
                               trouble.empty() ? "" : "; ", what, visible.index, error.what());
        return false;
      }
    }
  };
  if (settings.graphics_clocks_locked) {
    settings.graphics_clocks_locked = !attempt(
        "graphics clock", [](GpuControls& controls) { controls.unlock_graphics_clocks(); });
  }
  if (settings.memory_clocks_locked) {
    settings.memory_clocks_locked =
        !attempt("memory clock", [](GpuControls& controls) { controls.unlock_memory_clocks(); });
  }
  if (settings.prior_persistence) {
    const bool prior = *settings.prior_persistence;
    if (attempt("persistence mode",
                [prior](GpuControls& controls) { controls.set_persistence_mode(prior); })) {
      settings.prior_persistence.reset();
    }
  }
  return trouble;
}

}  // namespace zeus
