// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a machine is made of and what shall go wrong in it, read from one JSON file (README.md has
// the keys). Unknown keys and impossible values are errors: a scenario with a typing mistake must
// not pass for the one that was meant.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "simulator/model/gpu_model.h"
#include "simulator/model/replay_csv.h"
#include "simulator/model/workload.h"
#include "simulator/scenario/fault_orders.h"

namespace simulator {

struct GpuScenario {
  const GpuModel* model = nullptr;
  Workload workload;
  std::string name;
  std::string uuid;
  std::int64_t min_limit_mw = 0;
  std::int64_t max_limit_mw = 0;
  std::int64_t default_limit_mw = 0;
  std::int64_t prior_limit_mw = 0;  // the requested limit before anybody changes it
  std::int64_t external_limit_mw = std::numeric_limits<std::int64_t>::max();  // host, out-of-band
  std::int64_t tick_ns = 0;  // 0: counter and power sensors are continuous
  double energy_start_j = 0;
  bool has_energy_counter = true;
  bool mig = false;
  bool writable = true;
  bool persistence_mode = true;     // at the beginning
  std::int64_t process_memory = 0;  // in bytes: what each stepping process holds
};

struct Scenario {
  std::vector<GpuScenario> gpus;
  bool virtual_clock = false;
  std::uint64_t seed = 1;
  double time_noise = 0.02;  // relative standard deviation from step to step
  double power_noise = 0.01;
  std::int64_t read_latency_ns = 300'000;
  std::int64_t write_latency_ns = 15'000'000;
  std::int64_t settling_ns = 100'000'000;
  double leakage_per_celsius = 0.004;  // of the power of a warm GPU
  FaultOrders faults;
  // Of all that makes two scenarios' states differ: everything but the faults.
  std::uint64_t fingerprint = 0;
};

// The machine of an absent file: one V100 with the default workload and the real clock.
[[nodiscard]] Scenario default_scenario();

[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file);

// `origin` names the text in errors; `folder` is where its relative paths start.
[[nodiscard]] Scenario parse_scenario(const std::string& text, const std::string& origin,
                                      const std::filesystem::path& folder);

}  // namespace simulator
