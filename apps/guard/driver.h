// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The GPUs' driver, as the guard needs it: opened in a thread of its own, for it may take a second
// and may hang, and opened anew where a GPU isn't there, which may come back. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "zeus/device/gpu.h"

namespace zeus::apps {

class Driver {
 public:
  Driver();

  // Nothing where the driver has no such GPU; `problem` says why then, if there is more to say.
  // Throws std::runtime_error where the driver doesn't answer for some seconds.
  [[nodiscard]] std::optional<VisibleGpu> find(const std::string& uuid, std::string& problem);

  // Whether it is being opened: then its thread can't be waited for.
  [[nodiscard]] bool is_opening() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread may outlive this object
};

}  // namespace zeus::apps
