// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/limits_to_probe.h"

namespace zeus {

std::vector<Watts> limits_to_probe(Watts highest, Watts lowest, Watts step) {
  const std::int64_t end = to_milliwatts(lowest);
  const std::int64_t stride = to_milliwatts(step);
  std::vector<Watts> limits;
  for (std::int64_t limit = to_milliwatts(highest); limit > end; limit -= stride) {
    limits.push_back(from_milliwatts(limit));
  }
  limits.push_back(from_milliwatts(end));
  return limits;
}

}  // namespace zeus
