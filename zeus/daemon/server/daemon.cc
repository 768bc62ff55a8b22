// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "zeus/daemon/server/device_power.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kGpuPeriod{50};   // 20 Hz
constexpr milliseconds kCpuPeriod{100};  // 10 Hz

std::optional<std::size_t> as_index(const std::string& name) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return index;
}

std::string shown(const std::string& name) {
  constexpr std::size_t kMost = 64;
  std::string clean = name.substr(0, kMost);
  std::ranges::replace_if(
      clean, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return clean;
}

}  // namespace

std::vector<std::size_t> positions_of(const std::vector<NamedDevice>& devices) {
  std::vector<std::size_t> positions;
  positions.reserve(devices.size());
  for (const NamedDevice& each : devices) positions.push_back(each.position);
  return positions;
}

Daemon::Daemon(DaemonOptions options, AuditLog& audit)
    : gpus_(std::move(options.gpus)),
      cpus_(std::move(options.cpus)),
      groups_(std::move(options.groups)),
      audit_(audit),
      policy_(std::make_shared<const Policy>(std::move(options.policy))),
      gpu_power_(gpus_.size(), kGpuPeriod, gpu_power_reader(gpus_)),
      cpu_power_(cpus_.size(), kCpuPeriod, cpu_power_reader(cpus_)),
      leases_(gpus_, std::move(options.journal), audit, policy_->leases) {
  for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) {
    late_.push_back(std::make_unique<LateWrites>());
  }
}

bool Daemon::stop(milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const bool is_back = leases_.stop(patience);
  const bool is_finished = std::ranges::all_of(late_, [deadline](const auto& each) {
    return each->finish(std::chrono::duration_cast<milliseconds>(
        std::max(deadline - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0))));
  });
  return is_back && is_finished;
}

void Daemon::Refusals::count(int status) {
  constexpr int kForbidden = 403;
  constexpr int kConflict = 409;
  constexpr int kTooOften = 429;
  constexpr int kFailed = 500;
  switch (status) {
    case 200:
      return;
    case kForbidden:
      ++policy;
      return;
    case kConflict:
      ++lease;
      return;
    case kTooOften:
      ++rate;
      return;
    default:
      ++(status >= kFailed ? failed : request);
  }
}

std::shared_ptr<const Policy> Daemon::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

void Daemon::set_policy(Policy policy) {
  auto next = std::make_shared<const Policy>(std::move(policy));
  const std::lock_guard lock(mutex_);
  policy_ = std::move(next);
}

Answer Daemon::answer(const Caller& caller, std::string_view method, std::string_view target) {
  ++counts_.requests;
  try {
    const Request request = parse_request(method, target);
    if (request.group != ApiGroup::kAlways && !groups_.contains(request.group)) {
      return error_answer(404,
                          fmt::format("the operator has turned {} off", name_of(request.group)));
    }
    return dispatch(caller, request);
  } catch (const RequestError& error) {
    return error_answer(error.status(), error.what());
  } catch (const std::exception& error) {
    return error_answer(status_of(error), error.what());
  }
}

Answer Daemon::dispatch(const Caller& caller, const Request& request) {
  switch (request.endpoint) {
    case Endpoint::kDiscover:
      return discover();
    case Endpoint::kTime:
      return {.body = Json{{"timestamp_ms", unix_ms()}}.dump()};
    case Endpoint::kWhoAmI:
      return error_answer(404, "this daemon has no tokens: the socket's permissions are the key");
    case Endpoint::kMetrics:
      return metrics();
    case Endpoint::kSetPowerLimit:
    case Endpoint::kSetPersistenceMode:
    case Endpoint::kSetGpuLockedClocks:
    case Endpoint::kSetMemLockedClocks:
    case Endpoint::kResetGpuLockedClocks:
    case Endpoint::kResetMemLockedClocks:
    case Endpoint::kResetLockedClocks:
      return write_gpus(caller, request);
    case Endpoint::kStreamGpuPower:
      return stream_gpus(named_gpus(caller, request));
    case Endpoint::kGetGpuEnergy:
    case Endpoint::kGetGpuPower:
    case Endpoint::kGetPowerLimit:
    case Endpoint::kGetPowerLimitConstraints:
    case Endpoint::kGetPersistenceMode:
      return read_gpus(request, named_gpus(caller, request));
    case Endpoint::kGetCpuEnergy:
      return read_cpus(request, named_cpus(request));
    case Endpoint::kGetCpuPower:
      return read_cpu_power(named_cpus(request));
    case Endpoint::kStreamCpuPower:
      return stream_cpus(named_cpus(request));
    case Endpoint::kListLeases:
      return list_leases();
    case Endpoint::kAcquireLease:
    case Endpoint::kHeartbeat:
    case Endpoint::kReleaseLease:
    case Endpoint::kRestore:
      return lease(caller, request);
  }
  return error_answer(404, "there is nothing here");
}

std::vector<NamedDevice> Daemon::named_gpus(const Caller& caller, const Request& request) const {
  std::vector<NamedDevice> named;
  if (!request.devices) {
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) {
      if (!gpus_[gpu]->info().unavailable) named.push_back({std::to_string(gpu), gpu});
    }
    return named;
  }
  const auto position_of = [&](const std::string& name) -> std::size_t {
    const std::optional<std::size_t> index = as_index(name);
    if (!index) {
      const auto found = std::ranges::find(
          gpus_, name, [](const std::shared_ptr<Gpu>& gpu) { return gpu->info().uuid; });
      return static_cast<std::size_t>(found - gpus_.begin());
    }
    if (policy()->require_uuid || !caller.peer.shares_indices) {
      throw RequestError(
          400, fmt::format("GPU {} may be another one to you than to this machine; name it by "
                           "its UUID (nvidia-smi -L, or GET /discover)",
                           *index));
    }
    return *index;
  };
  for (const std::string& name : *request.devices) {
    const std::size_t position = position_of(name);
    if (position >= gpus_.size()) {
      throw RequestError(400, fmt::format("there is no GPU '{}' on this machine, which has {}",
                                          shown(name), gpus_.size()));
    }
    if (const auto& problem = gpus_[position]->info().unavailable) {
      throw RequestError(400, one_line(*problem));
    }
    if (std::ranges::find(named, position, &NamedDevice::position) != named.end()) {
      throw RequestError(400, fmt::format("gpu_ids lists GPU {} twice", position));
    }
    named.push_back({name, position});
  }
  return named;
}

std::vector<NamedDevice> Daemon::named_cpus(const Request& request) const {
  std::vector<NamedDevice> named;
  if (!request.devices) {
    for (std::size_t cpu = 0; cpu < cpus_.size(); ++cpu) {
      named.push_back({std::to_string(cpus_[cpu].index), cpu});
    }
    return named;
  }
  for (const std::string& name : *request.devices) {
    const auto index = as_index(name);
    const auto found = std::ranges::find_if(cpus_, [&](const VisibleCpu& cpu) {
      return index && static_cast<std::size_t>(cpu.index) == *index;
    });
    if (found == cpus_.end()) {
      throw RequestError(
          400, fmt::format("there is no CPU '{}' whose energy can be read here", shown(name)));
    }
    named.push_back({name, static_cast<std::size_t>(found - cpus_.begin())});
  }
  return named;
}

Answer Daemon::discover() const {
  Json gpus = Json::array();
  for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) {
    const GpuInfo& info = gpus_[gpu]->info();
    gpus.push_back({{"id", gpu},
                    {"name", info.name},
                    {"uuid", info.uuid},
                    {"pci_address", info.pci_address},
                    {"cumulative_energy_available", info.has.energy_counter}});
  }
  Json cpus = Json::array();
  for (const VisibleCpu& each : cpus_) {
    cpus.push_back({{"id", each.index}, {"dram_available", each.cpu->info().has_dram}});
  }
  Json groups = Json::array();
  for (const ApiGroup group : groups_) groups.push_back(name_of(group));
  return {.body = Json{
              {"gpus", std::move(gpus)},
              {"cpus", std::move(cpus)},
              {"enabled_api_groups", std::move(groups)},
              {"auth_required",
               false}}.dump()};
}

int status_of(const std::exception& error) {
  constexpr int kBad = 400;
  constexpr int kForbidden = 403;
  constexpr int kConflict = 409;
  if (dynamic_cast<const LeaseHeldError*>(&error) != nullptr ||
      dynamic_cast<const GpuTakenError*>(&error) != nullptr ||
      dynamic_cast<const ForeignLimitError*>(&error) != nullptr) {
    return kConflict;
  }
  if (dynamic_cast<const ZeusGPUInvalidArgError*>(&error) != nullptr ||
      dynamic_cast<const ZeusGPUNotSupportedError*>(&error) != nullptr) {
    return kBad;
  }
  if (const auto* const refused = dynamic_cast<const RequestError*>(&error)) {
    return refused->status();
  }
  return dynamic_cast<const ZeusGPUNoPermissionError*>(&error) != nullptr ? kForbidden : 500;
}

std::int64_t unix_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace zeus::daemon
