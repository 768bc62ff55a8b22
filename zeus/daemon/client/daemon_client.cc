// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "zeus/daemon/client/http_exchange.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/setting_guard.h"

namespace zeus::daemon {
namespace {

using nlohmann::json;

// Of a heartbeat, which no driver keeps waiting and a fork of the program waits for.
constexpr std::chrono::milliseconds kHeartbeatPatience{1000};

enum Status {
  kOk = 200,
  kBadRequest = 400,
  kUnauthorized = 401,
  kForbidden = 403,
  kNotFound = 404,
  kConflict = 409,
  kTooManyRequests = 429,
};

// Domains are written with four digits or with eight.
std::string pci_key(std::string_view address) {
  std::string key(address);
  std::ranges::transform(key, key.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t colon = key.find(':');
  constexpr std::size_t kShortDomain = 4;
  if (colon != std::string::npos && colon > kShortDomain) key.erase(0, colon - kShortDomain);
  return key;
}

// Of a JSON object that may be anything.
const json* find(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found != object.end() ? &*found : nullptr;
}

std::string text_at(const json& object, const char* name) {
  const json* const found = find(object, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int> number_at(const json& object, const char* name) {
  const json* const found = find(object, name);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

bool is_true_at(const json& object, const char* name) {
  const json* const found = find(object, name);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

// Of an array; empty where there is none.
const json& list_at(const json& object, const char* name) {
  static const json kEmpty = json::array();
  const json* const found = find(object, name);
  return found != nullptr && found->is_array() ? *found : kEmpty;
}

// {"errors": {"0": "…"}} or {"error": "…"}.
std::string complaint(const json& answer, int status) {
  if (std::string text = text_at(answer, "error"); !text.empty()) return text;
  if (const json* const errors = find(answer, "errors"); errors != nullptr && errors->is_object()) {
    for (const auto& [device, text] : errors->items()) {
      if (text.is_string()) return text.get<std::string>();
    }
  }
  return fmt::format("it answered with status {}", status);
}

}  // namespace

struct DaemonClient::Answer {
  int status = 0;
  json body;

  void require_ok() const {
    if (status == kOk) return;
    const std::string message = "zeusd: " + complaint(body, status);
    switch (status) {
      case kBadRequest:
        throw ZeusGPUInvalidArgError(message);
      case kUnauthorized:
      case kForbidden:
        throw ZeusGPUNoPermissionError(message);
      case kNotFound:
        throw ZeusGPUNotSupportedError(message);
      default:
        throw ZeusBaseGPUError(message);
    }
  }
};

bool DaemonClient::Discovery::has_group(std::string_view group) const {
  return std::ranges::find(api_groups, group) != api_groups.end();
}

DaemonClient::Answer DaemonClient::ask(std::string_view method, const std::string& target,
                                       std::chrono::milliseconds patience) const {
  try {
    const HttpAnswer answer = exchange_http(socket_, method, target, patience);
    return {.status = answer.status, .body = json::parse(answer.body, nullptr, false)};
  } catch (const HttpExchangeError& error) {
    throw DaemonUnreachableError(
        fmt::format("no answer from zeusd at {}: {}", socket_.string(), error.what()));
  }
}

DaemonClient::Discovery DaemonClient::discover() const {
  const Answer answer = ask("GET", "/discover");
  answer.require_ok();
  if (find(answer.body, "gpus") == nullptr) {
    throw DaemonUnreachableError(
        fmt::format("what answers at {} is no zeusd: it names no GPUs", socket_.string()));
  }
  Discovery found;
  for (const json& gpu : list_at(answer.body, "gpus")) {
    const std::optional<int> id = number_at(gpu, "id");
    if (const std::string uuid = text_at(gpu, "uuid"); !uuid.empty()) {
      found.gpu_ids[uuid] = uuid;
      found.knows_leases = true;
    } else if (const std::string address = text_at(gpu, "pci_address"); id && !address.empty()) {
      found.gpu_ids[pci_key(address)] = std::to_string(*id);
    }
  }
  for (const json& cpu : list_at(answer.body, "cpus")) {
    const std::optional<int> id = number_at(cpu, "id");
    if (id) found.cpus.push_back({.id = *id, .has_dram = is_true_at(cpu, "dram_available")});
  }
  for (const json& group : list_at(answer.body, "enabled_api_groups")) {
    if (group.is_string()) found.api_groups.push_back(group.get<std::string>());
  }
  const std::lock_guard lock(mutex_);
  discovery_ = found;
  return found;
}

DaemonClient::Discovery DaemonClient::known() const {
  {
    const std::lock_guard lock(mutex_);
    if (discovery_) return *discovery_;
  }
  return discover();
}

std::string DaemonClient::id_of(const GpuInfo& gpu) const {
  const Discovery there = known();
  for (const std::string& key : {gpu.uuid, pci_key(gpu.pci_address)}) {
    if (const auto found = there.gpu_ids.find(key); found != there.gpu_ids.end()) {
      return found->second;
    }
  }
  throw ZeusGPUNotFoundError(fmt::format("zeusd at {} doesn't have the GPU {} ({})",
                                         socket_.string(), gpu.uuid, gpu.pci_address));
}

void DaemonClient::write(const GpuInfo& gpu, std::string_view path,
                         const std::string& parameters) const {
  ask("POST", fmt::format("/gpu/{}?gpu_ids={}&block=true{}", path, id_of(gpu), parameters))
      .require_ok();
}

std::optional<PowerLimitRange> DaemonClient::power_limit_constraints(const GpuInfo& gpu) const {
  const std::string id = id_of(gpu);
  const Answer answer = ask("GET", "/gpu/get_power_limit_constraints?gpu_ids=" + id);
  const json* const range = find(answer.body, id.c_str());
  if (answer.status != kOk || range == nullptr) return std::nullopt;  // gpu-read may be off
  const std::optional<int> min = number_at(*range, "min_power_limit_mw");
  const std::optional<int> max = number_at(*range, "max_power_limit_mw");
  if (!min || !max || *min > *max) return std::nullopt;
  return PowerLimitRange{from_milliwatts(*min), from_milliwatts(*max)};
}

void DaemonClient::set_power_limit(const GpuInfo& gpu, Watts limit) const {
  write(gpu, "set_power_limit", fmt::format("&power_limit_mw={}", to_milliwatts(limit)));
}

void DaemonClient::set_persistence_mode(const GpuInfo& gpu, bool enabled) const {
  write(gpu, "set_persistence_mode", fmt::format("&enabled={}", enabled));
}

void DaemonClient::lock_graphics_clocks(const GpuInfo& gpu, unsigned min, unsigned max) const {
  write(gpu, "set_gpu_locked_clocks", fmt::format("&min_clock_mhz={}&max_clock_mhz={}", min, max));
}

void DaemonClient::lock_memory_clocks(const GpuInfo& gpu, unsigned min, unsigned max) const {
  write(gpu, "set_mem_locked_clocks", fmt::format("&min_clock_mhz={}&max_clock_mhz={}", min, max));
}

void DaemonClient::unlock_graphics_clocks(const GpuInfo& gpu) const {
  write(gpu, "reset_gpu_locked_clocks");
}

void DaemonClient::unlock_memory_clocks(const GpuInfo& gpu) const {
  write(gpu, "reset_mem_locked_clocks");
}

bool DaemonClient::acquire(const GpuInfo& gpu, int index) const {
  const std::string id = id_of(gpu);
  if (!known().knows_leases) return false;
  const Answer answer = ask("POST", fmt::format("/lease/acquire?gpu_ids={}", id));
  if (answer.status == kConflict) {
    const json* const holder = find(answer.body, "holder");
    const pid_t process = holder != nullptr ? number_at(*holder, "pid").value_or(0) : 0;
    const std::string user = holder != nullptr ? text_at(*holder, "user") : std::string();
    throw GpuNotFreeError(
        fmt::format("GPU {} is being tuned by another job, {}{}", index, describe_holder(process),
                    user.empty() ? "" : " of user " + user),
        /*is_busy=*/true);
  }
  answer.require_ok();
  return true;
}

std::vector<DaemonClient::LeaseInfo> DaemonClient::leases() const {
  const Answer answer = ask("GET", "/lease");
  answer.require_ok();
  const auto watts_at = [](const json& lease, const char* name) -> std::optional<Watts> {
    const json* const found = find(lease, name);
    if (found == nullptr || !found->is_number_integer()) return std::nullopt;
    return from_milliwatts(found->get<std::int64_t>());
  };
  const auto seconds_at = [](const json& lease, const char* name) -> std::optional<double> {
    const json* const found = find(lease, name);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    return found->get<double>();
  };
  std::vector<LeaseInfo> all;
  for (const json& lease : list_at(answer.body, "leases")) {
    all.push_back({.gpu = number_at(lease, "gpu_id").value_or(-1),
                   .uuid = text_at(lease, "uuid"),
                   .process = number_at(lease, "pid").value_or(0),
                   .user = text_at(lease, "user"),
                   .held_s = seconds_at(lease, "held_s").value_or(0),
                   .ends_s = seconds_at(lease, "ends_s"),
                   .prior_limit = watts_at(lease, "prior_power_limit_mw"),
                   .limit = watts_at(lease, "power_limit_mw"),
                   .is_being_restored = is_true_at(lease, "being_restored")});
  }
  return all;
}

std::optional<pid_t> DaemonClient::other_holder(const GpuInfo& gpu) const {
  if (!known().knows_leases) return std::nullopt;
  for (const LeaseInfo& lease : leases()) {
    if (lease.uuid == gpu.uuid && lease.process != ::getpid()) return lease.process;
  }
  return std::nullopt;
}

std::vector<std::string> DaemonClient::restore() const {
  const Answer answer = ask("POST", "/lease/restore");
  answer.require_ok();
  std::vector<std::string> troubles;
  for (const json& line : list_at(answer.body, "troubles")) {
    if (line.is_string()) troubles.push_back(line.get<std::string>());
  }
  return troubles;
}

void DaemonClient::release(const GpuInfo& gpu) const {
  ask("POST", fmt::format("/lease/release?gpu_ids={}", id_of(gpu))).require_ok();
}

void DaemonClient::heartbeat() const {
  ask("POST", "/lease/heartbeat", kHeartbeatPatience).require_ok();
}

CpuEnergy DaemonClient::cpu_energy(const Device& cpu) const {
  const auto broken = [&](const std::string& why) {
    return ZeusBaseCPUError(fmt::format("the energy of CPU {} can't be read: {}", cpu.id, why));
  };
  try {
    const Answer answer = ask("GET", fmt::format("/cpu/get_cumulative_energy?cpu_ids={}&cpu=true"
                                                 "&dram={}",
                                                 cpu.id, cpu.has_dram));
    answer.require_ok();
    const json* const figures = find(answer.body, std::to_string(cpu.id).c_str());
    const json* const package = figures != nullptr ? find(*figures, "cpu_energy_uj") : nullptr;
    const json* const dram = figures != nullptr ? find(*figures, "dram_energy_uj") : nullptr;
    if (package == nullptr || !package->is_number()) throw broken("zeusd tells none");
    constexpr double kJoules = 1e-6;
    CpuEnergy energy{.package = Joules(package->get<double>() * kJoules)};
    if (dram != nullptr && dram->is_number()) energy.dram = Joules(dram->get<double>() * kJoules);
    return energy;
  } catch (const ZeusBaseGPUError& error) {
    throw broken(error.what());
  }
}

}  // namespace zeus::daemon
