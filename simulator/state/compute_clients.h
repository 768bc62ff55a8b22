// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The processes that compute on a GPU: those that have stepped on it and are still there. Plain
// data for the shared state; not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace simulator {

struct ComputeClients {
  static constexpr std::size_t kMost = 64;
  struct Client {
    std::int32_t pid;          // 0: a free place
    std::uint64_t start_time;  // of the process, which tells it from a later one of the same number
  };
  std::array<Client, kMost> clients;

  // Adds this process if it is not there. Where all places are taken by the living: nothing.
  void add_this_process();
  [[nodiscard]] std::vector<std::int32_t> living() const;
};

}  // namespace simulator
