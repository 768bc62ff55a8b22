// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What some GPUs let a privileged program set beside the power limit, and a reading that few have.
// This library itself uses none of it: it is here for programs that do. Clocks are in MHz. Methods
// are thread-safe and throw as those of Gpu do; setters need root or CAP_SYS_ADMIN.
#pragma once

#include <vector>

#include "zeus/units.h"

namespace zeus {

class GpuControls {
 public:
  GpuControls() = default;
  GpuControls(const GpuControls&) = delete;
  GpuControls& operator=(const GpuControls&) = delete;
  virtual ~GpuControls() = default;

  // Whether the driver stays loaded when nobody uses it.
  [[nodiscard]] virtual bool persistence_mode() const = 0;
  virtual void set_persistence_mode(bool enabled) = 0;

  [[nodiscard]] virtual std::vector<unsigned> supported_memory_clocks() const = 0;
  [[nodiscard]] virtual std::vector<unsigned> supported_graphics_clocks(
      unsigned memory_clock) const = 0;
  virtual void lock_memory_clocks(unsigned min, unsigned max) = 0;
  virtual void unlock_memory_clocks() = 0;
  virtual void lock_graphics_clocks(unsigned min, unsigned max) = 0;
  virtual void unlock_graphics_clocks() = 0;

  // Of the memory alone.
  [[nodiscard]] virtual Watts average_memory_power() const = 0;
};

}  // namespace zeus
