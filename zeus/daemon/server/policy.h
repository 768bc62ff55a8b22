// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the operator of a machine allows: how far which GPU may be turned, by whom, how often and
// for how long. policy_file.h reads one from a file. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace zeus::daemon {

// Both ends included; nothing: as far as the driver goes.
struct Bounds {
  std::optional<std::int64_t> floor{};
  std::optional<std::int64_t> ceiling{};

  [[nodiscard]] bool contains(std::int64_t value) const {
    return (!floor || value >= *floor) && (!ceiling || value <= *ceiling);
  }
};

struct GpuBounds {
  Bounds power_limit_mw{};
  Bounds graphics_clock_mhz{};
  Bounds memory_clock_mhz{};
};

// Of the GPU of that UUID, else of GPUs of that model, else (both empty) of all.
struct GpuRule {
  std::string uuid{};
  std::string model{};
  GpuBounds bounds{};
};

struct Rights {
  bool control = false;  // set what is put back at the end
  bool persist = false;  // leave it

  bool operator==(const Rights&) const = default;
};

struct AllowRule {
  bool everyone = false;  // who can open the socket
  std::set<unsigned> users;
  std::set<unsigned> groups;
  Rights rights;
};

struct LeaseTerms {
  // A lease that was asked for ends so long after the last sign of life.
  std::chrono::milliseconds heartbeat{30'000};
  // The longest lease; 0: as long as its process.
  std::chrono::milliseconds longest{0};

  bool operator==(const LeaseTerms&) const = default;
};

struct WriteRateTerms {
  double per_second = 50;  // of one user, each GPU counted
  double burst = 200;

  bool operator==(const WriteRateTerms&) const = default;
};

struct Policy {
  // What clients ask to change is checked and not changed. What is left of earlier leases and jobs
  // is put back all the same, at the daemon's start, at their ends and by /lease/restore.
  bool dry_run = false;

  bool require_uuid = false;  // GPUs can't be named by index
  LeaseTerms leases;
  WriteRateTerms writes;
  std::vector<GpuRule> gpus;
  // Empty: everyone may control. Root may everything.
  std::vector<AllowRule> allow;

  [[nodiscard]] Rights rights_of(unsigned user, const std::vector<unsigned>& groups) const;

  // Each bound from the most special rule that has it.
  [[nodiscard]] GpuBounds bounds_of(const std::string& uuid, const std::string& model) const;
};

// "150 to 250 W", "at least 150 W"; `scale`: how many of the bounds' units are one `unit`.
[[nodiscard]] std::string describe(const Bounds& bounds, double scale, const std::string& unit);

}  // namespace zeus::daemon
