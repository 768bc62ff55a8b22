// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/rank_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "zeus/error.h"

namespace zeus {
namespace {

using Json = nlohmann::json;

std::string encode(const RankReport& report) {
  Json json{{"error", report.error}, {"settings", report.settings}, {"gpus", Json::array()}};
  for (const ReportedGpu& gpu : report.gpus) {
    json["gpus"].push_back({{"uuid", gpu.uuid},
                            {"model", gpu.model},
                            {"ceiling", to_milliwatts(gpu.ceiling)},
                            {"min", to_milliwatts(gpu.range.min)},
                            {"max", to_milliwatts(gpu.range.max)},
                            {"is_local", gpu.is_local}});
  }
  if (report.profile) json["profile"] = *report.profile;
  if (report.partial) json["partial"] = *report.partial;
  if (report.first) json["first"] = *report.first;
  if (!report.not_free.empty()) json["not_free"] = report.not_free;
  json["is_busy"] = report.is_busy;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> optional_text(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  return json.at(key).get<std::string>();
}

RankReport decode(const std::string& text) {
  const Json json = Json::parse(text);
  RankReport report;
  report.error = json.at("error").get<std::string>();
  report.settings = json.at("settings").get<std::string>();
  for (const Json& gpu : json.at("gpus")) {
    report.gpus.push_back({.uuid = gpu.at("uuid").get<std::string>(),
                           .model = gpu.at("model").get<std::string>(),
                           .ceiling = from_milliwatts(gpu.at("ceiling").get<std::int64_t>()),
                           .range = {from_milliwatts(gpu.at("min").get<std::int64_t>()),
                                     from_milliwatts(gpu.at("max").get<std::int64_t>())},
                           .is_local = gpu.at("is_local").get<bool>()});
  }
  report.profile = optional_text(json, "profile");
  report.partial = optional_text(json, "partial");
  report.first = optional_text(json, "first");
  report.not_free = optional_text(json, "not_free").value_or("");
  report.is_busy = json.at("is_busy").get<bool>();
  return report;
}

struct Owner {
  std::size_t rank = 0;
  bool is_local = false;
};

std::map<std::string, Owner> owners_by_uuid(const std::vector<RankReport>& reports) {
  std::map<std::string, Owner> owners;
  for (std::size_t rank = 0; rank < reports.size(); ++rank) {
    for (const ReportedGpu& gpu : reports[rank].gpus) {
      const auto [owner, is_new] = owners.try_emplace(gpu.uuid, Owner{rank, gpu.is_local});
      if (!is_new && gpu.is_local && !owner->second.is_local) owner->second = {rank, true};
    }
  }
  return owners;
}

void require_same_settings(const std::vector<RankReport>& reports) {
  for (std::size_t rank = 1; rank < reports.size(); ++rank) {
    if (reports[rank].settings == reports.front().settings) continue;
    throw ZeusValueError(
        fmt::format("rank {} was given other parameters than rank 0: {} instead of {}", rank,
                    reports[rank].settings, reports.front().settings));
  }
}

void require_alike(const ReportedGpu& gpu, const Agreement& agreement) {
  if (gpu.model != agreement.gpu_model) {
    throw ZeusGPUHeterogeneousError(
        fmt::format("the GPUs are not of one model: {} and {}; monitor GPUs of one model",
                    agreement.gpu_model, gpu.model));
  }
  if (gpu.range != agreement.range) {
    throw ZeusValueError(fmt::format(
        "the GPUs' power limit ranges are not uniform: {:g}-{:g} W and, on {}, {:g}-{:g} W; "
        "monitor GPUs of one range",
        agreement.range.min.value(), agreement.range.max.value(), gpu.uuid, gpu.range.min.value(),
        gpu.range.max.value()));
  }
}

}  // namespace

std::vector<RankReport> exchange_reports(Communicator& communicator, const RankReport& mine,
                                         Seconds timeout) {
  std::vector<RankReport> reports;
  for (const std::string& text : communicator.gather(encode(mine), timeout)) {
    reports.push_back(decode(text));
  }
  return reports;
}

std::string first_error(const std::vector<RankReport>& reports) {
  for (std::size_t rank = 0; rank < reports.size(); ++rank) {
    if (reports[rank].error.empty()) continue;
    if (reports.size() == 1) return reports[rank].error;
    return fmt::format("rank {}: {}", rank, reports[rank].error);
  }
  return {};
}

std::optional<std::size_t> first_not_free(const std::vector<RankReport>& reports) {
  const auto busy = std::ranges::find_if(reports, [](const auto& it) { return it.is_busy; });
  if (busy != reports.end()) return static_cast<std::size_t>(busy - reports.begin());
  const auto not_free =
      std::ranges::find_if(reports, [](const auto& it) { return !it.not_free.empty(); });
  if (not_free == reports.end()) return std::nullopt;
  return static_cast<std::size_t>(not_free - reports.begin());
}

Agreement agree(const std::vector<RankReport>& reports, int rank) {
  require_same_settings(reports);
  const std::map<std::string, Owner> owners = owners_by_uuid(reports);
  const auto own_rank = static_cast<std::size_t>(rank);
  Agreement agreement;
  agreement.profile = reports.front().profile;
  agreement.partial = reports.front().partial;
  for (std::size_t other = 0; other < reports.size(); ++other) {
    for (std::size_t position = 0; position < reports[other].gpus.size(); ++position) {
      const ReportedGpu& gpu = reports[other].gpus[position];
      if (agreement.uuids.empty()) {
        agreement.range = gpu.range;
        agreement.gpu_model = gpu.model;
      }
      require_alike(gpu, agreement);
      agreement.highest = std::max(agreement.highest, gpu.ceiling);
      if (std::ranges::find(agreement.uuids, gpu.uuid) == agreement.uuids.end()) {
        agreement.uuids.push_back(gpu.uuid);
      }
      if (other == own_rank && owners.at(gpu.uuid).rank == own_rank) {
        agreement.owned.push_back(position);
      }
    }
  }
  return agreement;
}

}  // namespace zeus
