// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Changes of GPUs: may who asks, is it within what the operator allows, is the GPU his; then it is
// made, read back and written down.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "zeus/daemon/server/daemon.h"
#include "zeus/daemon/server/write_outcome.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{5000};
constexpr double kMilliwattsPerWatt = 1000;

std::string value_of(const Request& request) {
  switch (request.endpoint) {
    case Endpoint::kSetPowerLimit:
      return fmt::format("{} mW", request.power_limit_mw);
    case Endpoint::kSetPersistenceMode:
      return request.enabled ? "on" : "off";
    case Endpoint::kSetGpuLockedClocks:
    case Endpoint::kSetMemLockedClocks:
      return fmt::format("{} to {} MHz", request.min_clock_mhz, request.max_clock_mhz);
    default:
      return "unlocked";
  }
}

// What the client and the log get to read about a change that was made.
struct Made {
  std::string told = "{}";  // JSON
  std::string logged = "set";
};

Made describe(const LeasedGpu::PowerLimits& limits) {
  const auto requested = to_milliwatts(limits.requested);
  if (!limits.enforced) {
    return {.told = fmt::format(R"({{"power_limit_mw":{}}})", requested),
            .logged = fmt::format("requested {} mW", requested)};
  }
  const auto enforced = to_milliwatts(*limits.enforced);
  return {.told = fmt::format(R"({{"power_limit_mw":{},"enforced_power_limit_mw":{}}})", requested,
                              enforced),
          .logged = fmt::format("requested {} mW, enforced {} mW", requested, enforced)};
}

// Without the right to leave a value behind only what this lease has locked is unlocked: another
// lock is the operator's, and nobody could put it back.
Made unlock(Endpoint endpoint, LeasedGpu& gpu, bool may_persist) {
  const bool graphics = endpoint != Endpoint::kResetMemLockedClocks &&
                        (may_persist || gpu.has_locked_graphics_clocks());
  const bool memory = endpoint != Endpoint::kResetGpuLockedClocks &&
                      (may_persist || gpu.has_locked_memory_clocks());
  if (graphics) gpu.unlock_graphics_clocks();
  try {
    if (memory) gpu.unlock_memory_clocks();
  } catch (const ZeusGPUNotSupportedError&) {
    // Where both are meant, then they aren't locked: older GPUs can lock one of the two only.
    if (endpoint != Endpoint::kResetLockedClocks) throw;
  }
  if (graphics || memory) return {};
  return {.logged = "unchanged: this lease has locked none"};
}

Made apply(const Request& request, LeasedGpu& gpu, bool may_persist) {
  switch (request.endpoint) {
    case Endpoint::kSetPowerLimit:
      return describe(
          gpu.set_power_limit(from_milliwatts(request.power_limit_mw), request.persist));
    case Endpoint::kSetPersistenceMode:
      gpu.set_persistence_mode(request.enabled, request.persist);
      return {.told = fmt::format(R"({{"enabled":{}}})", request.enabled)};
    case Endpoint::kSetGpuLockedClocks:
      gpu.lock_graphics_clocks(request.min_clock_mhz, request.max_clock_mhz, request.persist);
      break;
    case Endpoint::kSetMemLockedClocks:
      gpu.lock_memory_clocks(request.min_clock_mhz, request.max_clock_mhz, request.persist);
      break;
    default:
      return unlock(request.endpoint, gpu, may_persist);
  }
  return {};
}

}  // namespace

void Daemon::require_rights(const Caller& caller, bool persist, const Policy& policy) const {
  if (!caller.peer.process) {
    throw RequestError(403,
                       "it can't be told which process asks: it is in another PID namespace than "
                       "zeusd, or has ended");
  }
  const Rights rights = policy.rights_of(caller.peer.user, caller.peer.groups);
  if (!rights.control) {
    throw RequestError(403, fmt::format("the policy of this machine does not let user {} change "
                                        "GPUs; ask the operator",
                                        audit_.user_name(caller.peer.user)));
  }
  if (persist && !rights.persist) {
    throw RequestError(403, fmt::format("the policy of this machine does not let user {} leave a "
                                        "setting behind (persist); ask the operator",
                                        audit_.user_name(caller.peer.user)));
  }
}

void Daemon::require_rate(const Caller& caller, std::size_t writes, const Policy& policy) {
  const std::lock_guard lock(mutex_);
  if (rate_.allows(caller.peer.user, static_cast<double>(writes), policy.writes, now())) return;
  throw RequestError(429, fmt::format("user {} changes GPUs more often than the {:g} times a "
                                      "second that the policy of this machine allows",
                                      caller.peer.user, policy.writes.per_second));
}

// What is there already, or was before this lease, is no value that the client chose.
bool Daemon::is_no_change(const Caller& caller, std::uint32_t power_limit_mw,
                          std::size_t gpu) const {
  for (const Leases::Shown& shown : leases_.list()) {
    if (shown.gpu == gpu && shown.held && caller.peer.process == shown.lease.holder &&
        to_milliwatts(shown.held->prior.power_limit) == power_limit_mw) {
      return true;
    }
  }
  try {
    return to_milliwatts(gpus_[gpu]->power_limit()) == power_limit_mw;
  } catch (const ZeusBaseGPUError&) {
    return false;
  }
}

void Daemon::require_within(const Caller& caller, const Request& request, const NamedDevice& gpu,
                            const Policy& policy) const {
  const GpuInfo& info = gpus_[gpu.position]->info();
  const GpuBounds bounds = policy.bounds_of(info.uuid, info.name);
  const auto refuse = [&gpu](const std::string& value, const std::string& range) {
    throw RequestError(403, fmt::format("{} is outside what the policy of this machine allows for "
                                        "GPU {}: {}",
                                        value, gpu.position, range));
  };
  switch (request.endpoint) {
    case Endpoint::kSetPowerLimit:
      if (!bounds.power_limit_mw.contains(request.power_limit_mw) &&
          !is_no_change(caller, request.power_limit_mw, gpu.position)) {
        refuse(fmt::format("{:g} W", request.power_limit_mw / kMilliwattsPerWatt),
               describe(bounds.power_limit_mw, kMilliwattsPerWatt, "W"));
      }
      return;
    case Endpoint::kSetGpuLockedClocks:
    case Endpoint::kSetMemLockedClocks: {
      const Bounds& clocks = request.endpoint == Endpoint::kSetGpuLockedClocks
                                 ? bounds.graphics_clock_mhz
                                 : bounds.memory_clock_mhz;
      if (!clocks.contains(request.min_clock_mhz) || !clocks.contains(request.max_clock_mhz)) {
        refuse(value_of(request), describe(clocks, 1, "MHz"));
      }
      return;
    }
    default:
      return;
  }
}

Leases::Wish Daemon::wish_of(const Caller& caller) const {
  return {.holder = caller.peer.process.value_or(JobIdentity{}),
          .user = caller.peer.user,
          .spoken_over = caller.connection};
}

Daemon::Outcome Daemon::outcome_of(const std::exception& error) const {
  Outcome outcome{.status = status_of(error), .text = error.what()};
  if (const auto* const held = dynamic_cast<const LeaseHeldError*>(&error)) {
    outcome.holder = held->refusal().lease;
  } else if (const auto* const taken = dynamic_cast<const GpuTakenError*>(&error)) {
    outcome.holder = Lease{.holder = {.pid = taken->pid()}, .user = ~0U};
  }
  return outcome;
}

bool Daemon::may_log(const Caller& caller) {
  const std::lock_guard lock(mutex_);
  if (log_rate_.allows(caller.peer.user, 1, policy_->writes, now())) return true;
  ++counts_.unlogged;
  return false;
}

void Daemon::record(const Caller& caller, const Request& request, std::size_t gpu,
                    const Outcome& outcome) {
  if (outcome.status == 200) ++counts_.writes;
  counts_.writes_refused.count(outcome.status);
  if (outcome.status != 200 && !may_log(caller)) return;
  AuditEntry entry{.what = std::string(name_of(request.endpoint)),
                   .user = caller.peer.user,
                   .gpu = gpus_[gpu]->info().uuid,
                   .value = outcome.value.empty() ? value_of(request) : outcome.value,
                   .result = outcome.result};
  if (caller.peer.process) entry.pid = caller.peer.process->pid;
  if (outcome.status != 200) entry.why = outcome.text;
  audit_.record(entry);
}

Daemon::Outcome Daemon::change(const Caller& caller, const Request& request, std::size_t gpu,
                               const Policy& policy) {
  const bool may_persist = policy.rights_of(caller.peer.user, caller.peer.groups).persist;
  Outcome outcome;
  try {
    leases_.write(gpu, wish_of(caller), policy.leases, [&](LeasedGpu& leased) {
      Made made = apply(request, leased, may_persist);
      outcome.text = std::move(made.told);
      outcome.result = std::move(made.logged);
    });
  } catch (const ZeusGPUInvalidArgError& error) {
    outcome = outcome_of(error);
    try {
      const PowerLimitRange range = gpus_[gpu]->power_limit_range();
      if (request.endpoint == Endpoint::kSetPowerLimit) {
        outcome.text = fmt::format("GPU {} can be set to {:g} to {:g} W, not to {:g} W", gpu,
                                   range.min.value(), range.max.value(),
                                   request.power_limit_mw / kMilliwattsPerWatt);
      }
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): said without the range
    }
  } catch (const std::exception& error) {
    outcome = outcome_of(error);
  }
  record(caller, request, gpu, outcome);
  return outcome;
}

Daemon::Outcome Daemon::write_one(const Caller& caller, const Request& request,
                                  const NamedDevice& gpu,
                                  const std::shared_ptr<const Policy>& policy) {
  try {
    require_within(caller, request, gpu, *policy);
    leases_.require_available(gpu.position, wish_of(caller).who());
    if (policy->dry_run) {
      Outcome outcome{.text = R"({"dry_run":true})", .result = "dry run"};
      record(caller, request, gpu.position, outcome);
      return outcome;
    }
    LateWrites& late = *late_[gpu.position];
    if (request.block) {
      if (!late.finish(kPatience)) {
        throw ZeusGPUTimeoutError(fmt::format(
            "GPU {} is not changed: its driver has not come back from an earlier change",
            gpu.position));
      }
      return change(caller, request, gpu.position, *policy);
    }
    Caller later = caller;
    later.connection = 0;  // it may have ended by then
    if (!late.add([this, later, request, position = gpu.position, policy] {
          change(later, request, position, *policy);
        })) {
      throw RequestError(429, fmt::format("too many changes of GPU {} are waiting", gpu.position));
    }
    return {.text = R"({"queued":true})"};
  } catch (const std::exception& error) {
    Outcome outcome = outcome_of(error);
    record(caller, request, gpu.position, outcome);
    return outcome;
  }
}

Answer Daemon::answer_of(const std::vector<NamedDevice>& gpus,
                         const std::vector<Outcome>& outcomes) const {
  std::string values;
  Json errors = Json::object();
  Json holder;
  int status = 200;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    status = std::max(status, outcome.status);
    if (outcome.status == 200) {
      // Names are digits or UUIDs that this machine has: nothing in them needs an escape.
      values += fmt::format("{}\"{}\":{}", values.empty() ? "" : ",", gpus[i].name, outcome.text);
      continue;
    }
    errors[gpus[i].name] = outcome.text;
    if (outcome.holder && holder.is_null()) holder = holder_json(*outcome.holder, audit_);
  }
  if (status == 200) return {.body = "{" + values + "}"};
  Json body{{"errors", std::move(errors)}};
  if (!holder.is_null()) body["holder"] = std::move(holder);
  return {.status = status, .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Answer Daemon::write_gpus(const Caller& caller, const Request& request) {
  std::vector<NamedDevice> gpus;
  const std::shared_ptr<const Policy> policy = this->policy();
  try {
    gpus = named_gpus(caller, request);
    require_rights(caller, request.persist, *policy);
    require_rate(caller, gpus.size(), *policy);
  } catch (const RequestError& error) {
    if (gpus.empty()) counts_.writes_refused.count(error.status());
    for (const NamedDevice& gpu : gpus) {
      record(caller, request, gpu.position, {.status = error.status(), .text = error.what()});
    }
    throw;
  }
  std::vector<Outcome> outcomes(gpus.size());
  {
    // Each by itself: a driver that hangs for one holds up no other.
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < gpus.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = write_one(caller, request, gpus[i], policy); });
    }
    if (!gpus.empty()) outcomes[0] = write_one(caller, request, gpus[0], policy);
  }
  return answer_of(gpus, outcomes);
}

}  // namespace zeus::daemon
