// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/model/replay_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/model/workload_fit.h"
#include "zeus/regular_file.h"

namespace simulator {
namespace {

using Row = std::vector<std::string>;

Row split(const std::string& line) {
  Row fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

constexpr std::array<std::string_view, 7> kColumns{"dataset",      "network",     "batch_size",
                                                   "optimizer",    "power_limit", "time_per_epoch",
                                                   "average_power"};

// The rows of a table, with only kColumns and in their order.
class Table {
 public:
  explicit Table(const std::filesystem::path& csv) : where_(csv.string()), in_(text_of(csv)) {
    std::string header;
    if (!std::getline(in_, header)) throw ScenarioError(where_ + ": cannot be read");
    const Row names = split(header);
    for (const std::string_view column : kColumns) {
      const auto found = std::ranges::find(names, column);
      if (found == names.end()) throw ScenarioError(where_ + ": no column " + std::string(column));
      at_.push_back(static_cast<std::size_t>(found - names.begin()));
    }
  }

  // Empty at the end.
  Row next() {
    std::string line;
    while (std::getline(in_, line)) {
      ++line_;
      const Row fields = split(line);
      if (fields.size() == 1 && fields[0].empty()) continue;
      if (fields.size() <= std::ranges::max(at_)) throw fail("too few fields");
      Row row;
      for (const std::size_t column : at_) row.push_back(fields[column]);
      return row;
    }
    return {};
  }

  [[nodiscard]] double positive(const std::string& text) const {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(value) && value > 0) {
      return value;
    }
    throw fail("not a positive number: \"" + text + "\"");
  }

 private:
  [[nodiscard]] ScenarioError fail(const std::string& what) const {
    return ScenarioError(where_ + ":" + std::to_string(line_) + ": " + what);
  }

  [[nodiscard]] static std::string text_of(const std::filesystem::path& csv) {
    constexpr std::uintmax_t kMostBytes = 64'000'000;
    try {
      if (auto text = zeus::read_regular_file(csv, kMostBytes)) return *std::move(text);
    } catch (const std::runtime_error& error) {
      throw ScenarioError(csv.string() + ": cannot be read: " + error.what());
    }
    throw ScenarioError(csv.string() + ": cannot be read");
  }

  std::string where_;
  std::istringstream in_;
  std::vector<std::size_t> at_;
  int line_ = 1;
};

}  // namespace

ReplayWorkload read_curve(const std::filesystem::path& csv, const CurveChoice& choice,
                          double steps_per_epoch) {
  Table table(csv);
  const std::array wanted{choice.dataset, choice.network, choice.batch_size, choice.optimizer};
  const auto matches = [](const auto& value, const std::string& text) {
    return !value || *value == text;
  };
  std::set<Row> curves;
  ReplayWorkload job;
  for (Row row = table.next(); !row.empty(); row = table.next()) {
    if (!std::equal(wanted.begin(), wanted.end(), row.begin(), matches)) continue;
    curves.emplace(row.begin(), row.begin() + 4);
    job.curve.push_back({.limit_w = table.positive(row[4]),
                         .seconds = table.positive(row[5]) / steps_per_epoch,
                         .watts = table.positive(row[6])});
  }
  if (curves.empty()) throw ScenarioError(csv.string() + ": no row of the workload asked for");
  if (curves.size() > 1) {
    throw ScenarioError(csv.string() + ": " + std::to_string(curves.size()) +
                        " workloads fit; give dataset, network, batch_size and optimizer");
  }
  job.fit = std::make_shared<LazyFit>();
  std::ranges::sort(job.curve, {}, &CurvePoint::limit_w);
  if (std::ranges::adjacent_find(job.curve, {}, &CurvePoint::limit_w) != job.curve.end()) {
    throw ScenarioError(csv.string() + ": two rows of the workload with the same power_limit");
  }
  return job;
}

}  // namespace simulator
