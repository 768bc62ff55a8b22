// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The power of devices, read so many times a second while somebody listens and not at all else.
// Each device has a thread of its own then, whoever listens to it: one that hangs holds up no other
// device's samples. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "zeus/units.h"

namespace zeus::daemon {

struct PowerSample {
  std::size_t device = 0;
  std::int64_t timestamp_ms = 0;  // unix
  Watts power;
  std::optional<Watts> dram;  // of a CPU's memory

  std::uint64_t number = 0;  // counted from 1
};

// A reading; nothing: none yet (a first look at an energy counter), or it failed.
using ReadPower = std::function<std::optional<PowerSample>(std::size_t device)>;

class PowerStreams {
 public:
  PowerStreams(std::size_t devices, std::chrono::milliseconds period, ReadPower read);

  // Somebody who listens to some devices.
  class Listener {
   public:
    Listener(const PowerStreams& streams, std::vector<std::size_t> devices);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    // Waits for samples that it hasn't had; empty: none came by then, or `stop`.
    std::vector<PowerSample> next(const std::stop_token& stop, std::chrono::milliseconds patience);

   private:
    const std::shared_ptr<struct PowerStreamsCore> core_;
    const std::vector<std::size_t> devices_;
    std::vector<std::uint64_t> seen_;
  };

  [[nodiscard]] std::size_t running() const;  // devices that are being read

 private:
  std::shared_ptr<PowerStreamsCore> core_;  // also of threads that are still in the driver
};

}  // namespace zeus::daemon
