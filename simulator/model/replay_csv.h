// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads one measured curve from a table with the columns dataset, network, batch_size, optimizer,
// power_limit (W), time_per_epoch (s) and average_power (W).
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "simulator/model/workload.h"

namespace simulator {

// One line: the file and the line in it, the key, what is wrong with it.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Which rows belong to the curve. What is absent matches all; together they must leave one curve.
struct CurveChoice {
  std::optional<std::string> dataset;
  std::optional<std::string> network;
  std::optional<std::string> batch_size;
  std::optional<std::string> optimizer;
};

// An epoch is divided into `steps_per_epoch` equal steps. Throws ScenarioError.
[[nodiscard]] ReplayWorkload read_curve(const std::filesystem::path& csv, const CurveChoice& choice,
                                        double steps_per_epoch);

}  // namespace simulator
