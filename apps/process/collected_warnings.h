// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// While an object of this class lives the library's warnings are kept instead of printed, so that
// they can be told where they disturb nothing. Each text once. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "zeus/log.h"

namespace zeus::apps {

class CollectedWarnings {
 public:
  CollectedWarnings();
  CollectedWarnings(const CollectedWarnings&) = delete;
  CollectedWarnings& operator=(const CollectedWarnings&) = delete;
  ~CollectedWarnings();

  void add(std::string text);

  // What came since the last call.
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
  std::size_t taken_ = 0;
  LogSink before_;
};

}  // namespace zeus::apps
