// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/scenario.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "simulator/model/replay_csv.h"
#include "simulator/scenario/fingerprint.h"
#include "simulator/scenario/scenario_keys.h"
#include "zeus/regular_file.h"

namespace simulator {
namespace {

using nlohmann::json;

constexpr double kMillisecond = 1e6;
constexpr std::string_view kDefaultModel = "V100";
constexpr std::string_view kDefaultWorkload = "V100 ResNet-50";
constexpr double kMaxWatts = 10'000;

std::string one_of(const auto& things, auto&& name) {
  std::string all;
  for (const auto& thing : things) all += (all.empty() ? "" : ", ") + std::string(name(thing));
  return all;
}

Workload read_workload(const json& object, const std::string& path,
                       const std::filesystem::path& folder) {
  Keys keys(object, path);
  if (const auto csv = keys.text("csv")) {
    CurveChoice choice{.dataset = keys.text("dataset"),
                       .network = keys.text("network"),
                       .batch_size = keys.text("batch_size"),
                       .optimizer = keys.text("optimizer")};
    const double steps = keys.number("steps_per_epoch", 1, 1e12).value_or(100);
    keys.end();
    return read_curve(folder / *csv, choice, steps);
  }
  const std::string name = keys.text("model").value_or(std::string(kDefaultWorkload));
  const ParametricWorkload* built_in = find_workload(name);
  if (built_in == nullptr) {
    throw keys.fail("model", "no workload \"" + name + "\" (there are " +
                                 one_of(built_in_workloads(), [](auto& w) { return w.name; }) +
                                 ")");
  }
  ParametricWorkload job = *built_in;
  job.dynamic_w = keys.number("dynamic_w", 0, kMaxWatts).value_or(job.dynamic_w);
  job.clock_bound = keys.number("clock_bound", 0, 1).value_or(job.clock_bound);
  job.idle_share = keys.number("idle_share", 0, 1).value_or(job.idle_share);
  job.step_s = keys.number("step_seconds", 1e-6, 1e6).value_or(job.step_s);
  keys.end();
  return job;
}

std::string uuid_of(std::string_view model, std::size_t index) {
  std::uint64_t hash = fingerprint(model);
  std::array<std::uint64_t, 2> words{};
  for (std::uint64_t& word : words) {
    for (int round = 0; round < 8; ++round) hash = add_to_fingerprint(hash, index + 0x9E37U);
    word = hash ^ (hash >> 29);
  }
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "GPU-%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(words[0] >> 32), static_cast<unsigned>(words[0] & 0xFFFFU),
                static_cast<unsigned>((words[0] >> 16) & 0xFFFFU),
                static_cast<unsigned>(words[1] >> 48),
                static_cast<unsigned long long>(words[1] & 0xFFFFFFFFFFFFU));
  return text.data();
}

GpuScenario read_gpu(Keys& keys, const Workload& workload, std::optional<std::int64_t> tick_ns,
                     const std::filesystem::path& folder) {
  const std::string key = keys.text("model").value_or(std::string(kDefaultModel));
  const GpuModel* model = find_gpu_model(key);
  if (model == nullptr) {
    throw keys.fail("model", "no GPU model \"" + key + "\" (there are " +
                                 one_of(gpu_models(), [](auto& m) { return m.key; }) + ")");
  }
  const auto milliwatts = [&keys](const std::string& name, double otherwise) {
    return std::llround(keys.number(name, 1, kMaxWatts).value_or(otherwise) * 1000);
  };
  GpuScenario gpu;
  gpu.model = model;
  gpu.workload = workload;
  if (const json* own = keys.find("workload")) {
    gpu.workload = read_workload(*own, keys.path("workload"), folder);
  }
  gpu.name = keys.text("name").value_or(std::string(model->name));
  gpu.min_limit_mw = milliwatts("min_limit_w", model->limit_w.min);
  gpu.max_limit_mw = milliwatts("max_limit_w", model->limit_w.max);
  if (gpu.min_limit_mw > gpu.max_limit_mw) {
    throw keys.fail("min_limit_w", "is above max_limit_w");
  }
  const double max_w = static_cast<double>(gpu.max_limit_mw) / 1000;
  gpu.default_limit_mw = milliwatts("default_limit_w", std::min(model->limit_w.max, max_w));
  gpu.prior_limit_mw =
      milliwatts("prior_limit_w", static_cast<double>(gpu.default_limit_mw) / 1000);
  for (const auto& [name, value] : {std::pair{"default_limit_w", gpu.default_limit_mw},
                                    std::pair{"prior_limit_w", gpu.prior_limit_mw}}) {
    if (value < gpu.min_limit_mw || value > gpu.max_limit_mw) {
      throw keys.fail(name, "is not between min_limit_w and max_limit_w");
    }
  }
  if (const auto limit = keys.number("enforced_limit_w", 1, kMaxWatts)) {
    gpu.external_limit_mw = std::llround(*limit * 1000);
  }
  gpu.tick_ns = tick_ns.value_or(std::llround(model->tick_ms * kMillisecond));
  gpu.energy_start_j =
      static_cast<double>(keys.whole("energy_start_mj", 0, 1ULL << 53U).value_or(0)) / 1000;
  gpu.has_energy_counter = keys.boolean("energy_counter", model->has_energy_counter);
  gpu.mig = keys.boolean("mig", false);
  gpu.writable = keys.boolean("writable", true);
  gpu.persistence_mode = keys.boolean("persistence_mode", true);
  gpu.process_memory =
      static_cast<std::int64_t>(keys.whole("process_memory_mib", 0, model->memory_mib.all)
                                    .value_or(model->memory_mib.all / 8))
      << 20U;
  return gpu;
}

void read_gpus(Keys& top, Scenario& scenario, const std::filesystem::path& folder) {
  Workload workload = *find_workload(kDefaultWorkload);
  if (const json* object = top.find("workload")) {
    workload = read_workload(*object, top.path("workload"), folder);
  }
  const std::optional<std::int64_t> tick_ns = top.time_ns("tick_ms", kMillisecond);
  static const json one_default = json::array({json::object()});
  const json* list = top.list("gpus");
  if (list == nullptr) list = &one_default;
  std::set<std::string> uuids;
  for (std::size_t entry = 0; entry < list->size(); ++entry) {
    Keys keys((*list)[entry], top.path("gpus[" + std::to_string(entry) + "]"));
    const std::uint64_t count = keys.whole("count", 1, kMaxGpus).value_or(1);
    const std::optional<std::string> uuid = keys.text("uuid");
    if (uuid && count > 1) throw keys.fail("uuid", "is one GPU's: leave out count");
    const GpuScenario gpu = read_gpu(keys, workload, tick_ns, folder);
    keys.end();
    for (std::uint64_t i = 0; i < count; ++i) {
      scenario.gpus.push_back(gpu);
      GpuScenario& added = scenario.gpus.back();
      added.uuid = uuid.value_or(uuid_of(gpu.model->key, scenario.gpus.size() - 1));
      if (!uuids.insert(added.uuid).second) throw keys.fail("uuid", "is there twice");
    }
  }
  if (scenario.gpus.size() > kMaxGpus) {
    throw top.fail("gpus", "more than " + std::to_string(kMaxGpus) + " GPUs");
  }
  if (scenario.gpus.empty()) throw top.fail("gpus", "there must be one at least");
}

// The limits that somebody else sets must be ones that he could.
void check_outside_limits(const Keys& top, const Scenario& scenario) {
  const auto check = [&](std::optional<unsigned> index, std::int64_t limit_mw) {
    for (unsigned i = 0; i < scenario.gpus.size(); ++i) {
      if (index && *index != i) continue;
      const GpuScenario& gpu = scenario.gpus[i];
      if (limit_mw < gpu.min_limit_mw || limit_mw > gpu.max_limit_mw) {
        throw top.fail("faults", "outside_limit_w is not in the range of GPU " + std::to_string(i));
      }
    }
  };
  for (const OutsideWrite& write : scenario.faults.outside_writes) check(write.gpu, write.limit_mw);
  for (const CallFault& fault : scenario.faults.calls) {
    if (fault.outside_limit_mw) check(fault.when.gpu, *fault.outside_limit_mw);
  }
}

std::uint64_t fingerprint_of(json object, const Scenario& scenario) {
  object.erase("faults");
  std::ostringstream text;
  text << object.dump();
  // The curve itself, not only the name of its file.
  text.precision(17);
  for (const GpuScenario& gpu : scenario.gpus) {
    if (const auto* replay = std::get_if<ReplayWorkload>(&gpu.workload)) {
      for (const CurvePoint& point : replay->curve) {
        text << ' ' << point.limit_w << ' ' << point.seconds << ' ' << point.watts;
      }
    }
  }
  return fingerprint(text.str());
}

Scenario read_scenario(const json& object, const std::filesystem::path& folder) {
  Keys keys(object, "");
  Scenario scenario;
  read_gpus(keys, scenario, folder);
  scenario.faults = read_fault_orders(keys, scenario.gpus.size());
  check_outside_limits(keys, scenario);
  const std::string clock = keys.text("clock").value_or("real");
  if (clock != "real" && clock != "virtual") {
    throw keys.fail("clock", "must be \"real\" or \"virtual\"");
  }
  scenario.virtual_clock = clock == "virtual";
  scenario.seed = keys.whole("seed", 0, ~0ULL).value_or(scenario.seed);
  const auto replace = [](auto& value, const auto& given) { value = given.value_or(value); };
  if (const json* noise = keys.find("noise")) {
    Keys inner(*noise, keys.path("noise"));
    replace(scenario.time_noise, inner.number("time", 0, 0.5));
    replace(scenario.power_noise, inner.number("power", 0, 0.5));
    inner.end();
  }
  if (const json* latency = keys.find("latency_ms")) {
    Keys inner(*latency, keys.path("latency_ms"));
    replace(scenario.read_latency_ns, inner.time_ns("read", kMillisecond));
    replace(scenario.write_latency_ns, inner.time_ns("write", kMillisecond));
    inner.end();
  }
  replace(scenario.settling_ns, keys.time_ns("settling_ms", kMillisecond));
  replace(scenario.leakage_per_celsius, keys.number("leakage_per_celsius", 0, 0.01));
  keys.end();
  scenario.fingerprint = fingerprint_of(object, scenario);
  return scenario;
}

}  // namespace

Scenario default_scenario() { return parse_scenario("{}", "default scenario", {}); }

Scenario parse_scenario(const std::string& text, const std::string& origin,
                        const std::filesystem::path& folder) {
  try {
    return read_scenario(json::parse(text), folder);
  } catch (const KeyError& error) {
    const std::string key = error.path().empty() ? "" : error.path() + ": ";
    throw ScenarioError(origin + ":" + std::to_string(line_in_json(text, error.path())) + ": " +
                        key + error.what());
  } catch (const json::exception& error) {
    throw ScenarioError(origin + ": not JSON: " + error.what());
  }
}

Scenario load_scenario(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = 64'000'000;
  std::optional<std::string> text;
  try {
    text = zeus::read_regular_file(file, kMostBytes);
  } catch (const std::runtime_error& error) {
    throw ScenarioError(file.string() + ": cannot be read: " + error.what());
  }
  if (!text) throw ScenarioError(file.string() + ": cannot be read");
  return parse_scenario(*text, file.string(), file.parent_path());
}

}  // namespace simulator
