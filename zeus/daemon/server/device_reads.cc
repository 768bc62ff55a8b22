// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is read of GPUs and CPUs.
#include <algorithm>
#include <cmath>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "zeus/daemon/server/daemon.h"
#include "zeus/daemon/server/device_power.h"
#include "zeus/device/gpu_controls.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

// A CPU's power takes two looks at its energy.
constexpr milliseconds kCpuPatience{2000};
// Without samples for so long a line is sent all the same: only then a client that has left is
// noticed.
constexpr milliseconds kSilence{5000};

std::int64_t in_millijoules(Joules energy) { return std::llround(energy.value() * 1e3); }
std::int64_t in_microjoules(Joules energy) { return std::llround(energy.value() * 1e6); }

// What the operator allows of what the device can do; all of that where nothing is left.
PowerLimitRange settable(const Gpu& gpu, const Bounds& allowed) {
  const PowerLimitRange device = gpu.power_limit_range();
  const PowerLimitRange both{
      from_milliwatts(std::max(to_milliwatts(device.min), allowed.floor.value_or(0))),
      from_milliwatts(std::min(to_milliwatts(device.max),
                               allowed.ceiling.value_or(to_milliwatts(device.max))))};
  return both.min <= both.max ? both : device;
}

Json read_one(Endpoint endpoint, Gpu& gpu, const Policy& policy) {
  switch (endpoint) {
    case Endpoint::kGetGpuEnergy:
      return {{"energy_mj", in_millijoules(gpu.total_energy())}};
    case Endpoint::kGetGpuPower:
      return to_milliwatts(power_now(gpu));
    case Endpoint::kGetPowerLimit:
      return {{"power_limit_mw", to_milliwatts(gpu.power_limit())}};
    case Endpoint::kGetPowerLimitConstraints: {
      const PowerLimitRange range =
          settable(gpu, policy.bounds_of(gpu.info().uuid, gpu.info().name).power_limit_mw);
      return {{"min_power_limit_mw", to_milliwatts(range.min)},
              {"max_power_limit_mw", to_milliwatts(range.max)}};
    }
    default:
      return {{"enabled", gpu.controls().persistence_mode()}};
  }
}

Json dram_of(const PowerSample& sample) {
  return sample.dram ? Json(to_milliwatts(*sample.dram)) : Json(nullptr);
}

// The devices' names, as the client wrote them, beside their samples.
class PowerEvents final : public EventStream {
 public:
  using Write = std::string (*)(const PowerSample& sample, const Json& id);

  PowerEvents(const PowerStreams& streams, const std::vector<std::size_t>& devices,
              std::vector<int> ids, Write write)
      : listener_(streams, devices), devices_(devices), ids_(std::move(ids)), write_(write) {}

  std::string next(const std::stop_token& stop) override {
    const auto samples = listener_.next(stop, kSilence);
    if (stop.stop_requested()) return {};
    if (samples.empty()) return ":\n\n";  // a comment
    std::string text;
    for (const PowerSample& sample : samples) {
      for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (devices_[i] == sample.device) {
          text += "data: " + write_(sample, Json(ids_[i])) + "\n\n";
        }
      }
    }
    return text;
  }

 private:
  PowerStreams::Listener listener_;
  const std::vector<std::size_t> devices_;
  const std::vector<int> ids_;
  const Write write_;
};

}  // namespace

Answer Daemon::read_gpus(const Request& request, const std::vector<NamedDevice>& gpus) const {
  const std::shared_ptr<const Policy> policy = this->policy();
  Json values = Json::object();
  Json errors = Json::object();
  int status = 200;
  for (const NamedDevice& named : gpus) {
    try {
      values[named.name] = read_one(request.endpoint, *gpus_[named.position], *policy);
    } catch (const std::exception& error) {
      errors[named.name] = error.what();
      status = std::max(status, status_of(error));
    }
  }
  if (!errors.empty()) {
    return {.status = status, .body = Json{{"errors", std::move(errors)}}.dump()};
  }
  if (request.endpoint == Endpoint::kGetGpuPower) {
    values = Json{{"timestamp_ms", unix_ms()}, {"power_mw", std::move(values)}};
  }
  return {.body = values.dump()};
}

Answer Daemon::stream_gpus(const std::vector<NamedDevice>& gpus) const {
  const std::vector<std::size_t> positions = positions_of(gpus);
  const auto write = [](const PowerSample& sample, const Json& id) {
    return Json{{"timestamp_ms", sample.timestamp_ms},
                {"gpu_id", id},
                {"power_mw", to_milliwatts(sample.power)}}
        .dump();
  };
  return {.stream = std::make_unique<PowerEvents>(
              gpu_power_, positions, std::vector<int>(positions.begin(), positions.end()), write)};
}

Answer Daemon::read_cpus(const Request& request, const std::vector<NamedDevice>& cpus) const {
  Json values = Json::object();
  for (const NamedDevice& named : cpus) {
    const CpuEnergy energy = cpus_[named.position].cpu->total_energy();
    Json& value = values[named.name];
    value = {{"cpu_energy_uj", nullptr}, {"dram_energy_uj", nullptr}};
    if (request.cpu) value["cpu_energy_uj"] = in_microjoules(energy.package);
    if (request.dram && energy.dram) value["dram_energy_uj"] = in_microjoules(*energy.dram);
  }
  return {.body = values.dump()};
}

Answer Daemon::read_cpu_power(const std::vector<NamedDevice>& cpus) const {
  Json values = Json::object();
  PowerStreams::Listener listener(cpu_power_, positions_of(cpus));
  const auto deadline = std::chrono::steady_clock::now() + kCpuPatience;
  while (values.size() < cpus.size() && std::chrono::steady_clock::now() < deadline) {
    for (const PowerSample& sample : listener.next({}, kCpuPatience)) {
      for (const NamedDevice& named : cpus) {
        if (named.position != sample.device) continue;
        values[named.name] = {{"cpu_mw", to_milliwatts(sample.power)},
                              {"dram_mw", dram_of(sample)}};
      }
    }
  }
  if (values.size() < cpus.size()) {
    return error_answer(500, "the energy of a CPU could not be read");
  }
  return {.body = Json{{"timestamp_ms", unix_ms()}, {"power_mw", std::move(values)}}.dump()};
}

Answer Daemon::stream_cpus(const std::vector<NamedDevice>& cpus) const {
  std::vector<int> ids;
  ids.reserve(cpus.size());
  for (const NamedDevice& each : cpus) ids.push_back(cpus_[each.position].index);
  const auto write = [](const PowerSample& sample, const Json& id) {
    return Json{{"timestamp_ms", sample.timestamp_ms},
                {"cpu_id", id},
                {"cpu_mw", to_milliwatts(sample.power)},
                {"dram_mw", dram_of(sample)}}
        .dump();
  };
  return {.stream =
              std::make_unique<PowerEvents>(cpu_power_, positions_of(cpus), std::move(ids), write)};
}

}  // namespace zeus::daemon
