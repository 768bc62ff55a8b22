// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A short number that tells texts apart (FNV-1a). Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace simulator {

inline constexpr std::uint64_t kEmptyFingerprint = 0xCBF29CE484222325U;

[[nodiscard]] constexpr std::uint64_t add_to_fingerprint(std::uint64_t so_far, std::uint64_t more) {
  return (so_far ^ more) * 0x100000001B3U;
}

[[nodiscard]] constexpr std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = kEmptyFingerprint;
  for (const char c : text) hash = add_to_fingerprint(hash, static_cast<unsigned char>(c));
  return hash;
}

}  // namespace simulator
