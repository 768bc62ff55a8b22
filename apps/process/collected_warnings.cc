// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/collected_warnings.h"

#include <algorithm>
#include <utility>

namespace zeus::apps {

CollectedWarnings::CollectedWarnings()
    : before_(set_log_sink(
          [this](LogLevel, std::string_view, std::string_view text) { add(std::string(text)); },
          LogLevel::kWarning)) {}

CollectedWarnings::~CollectedWarnings() { set_log_sink(std::move(before_)); }

void CollectedWarnings::add(std::string text) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(all_, text) == all_.end()) all_.push_back(std::move(text));
}

std::vector<std::string> CollectedWarnings::take() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> news(all_.begin() + static_cast<std::ptrdiff_t>(taken_), all_.end());
  taken_ = all_.size();
  return news;
}

}  // namespace zeus::apps
