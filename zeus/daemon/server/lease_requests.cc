// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Leases as such: acquired, kept alive, given back, listed.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "zeus/daemon/server/daemon.h"
#include "zeus/daemon/server/write_outcome.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMillisecondsPerSecond = 1000;

double in_seconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) / kMillisecondsPerSecond;
}

// How long from now; null: for ever.
Json left(const std::optional<Instant>& end) {
  return end ? Json(in_seconds(*end - now())) : Json(nullptr);
}

}  // namespace

Json holder_json(const Lease& lease, AuditLog& audit) {
  Json holder{{"pid", lease.holder.pid}};
  if (lease.user == ~0U) return holder;  // of a job that never spoke to this daemon
  holder["uid"] = lease.user;
  holder["user"] = audit.user_name(lease.user);
  holder["held_s"] = in_seconds(now() - lease.since);
  return holder;
}

Answer Daemon::lease_answer(const Caller& caller, const Request& request, AuditEntry& entry) {
  const std::shared_ptr<const Policy> policy = this->policy();
  require_rights(caller, request.persist, *policy);
  switch (request.endpoint) {
    case Endpoint::kAcquireLease:
      return acquire(caller, request, *policy);
    case Endpoint::kHeartbeat: {
      const std::size_t count =
          leases_.heartbeat(wish_of(caller).who(), policy->leases, caller.connection);
      if (count == 0) return error_answer(404, "this process has no lease (any more)");
      return {.body = Json{{"leases", count}, {"heartbeat_s", in_seconds(policy->leases.heartbeat)}}
                          .dump()};
    }
    case Endpoint::kRestore:
      return restore(entry);
    default:
      return release(caller, request, entry);
  }
}

Answer Daemon::lease(const Caller& caller, const Request& request) {
  AuditEntry entry{.what = std::string(name_of(request.endpoint)), .user = caller.peer.user};
  if (caller.peer.process) entry.pid = caller.peer.process->pid;
  Answer answer;
  try {
    answer = lease_answer(caller, request, entry);
  } catch (const LeaseHeldError& error) {
    answer = {.status = status_of(error),
              .body = Json{{"errors", {{std::to_string(error.refusal().gpu), error.what()}}},
                           {"holder", holder_json(error.refusal().lease, audit_)}}
                          .dump()};
    entry.why = error.what();
  } catch (const GpuTakenError& error) {
    answer = {.status = status_of(error),
              .body = Json{{"error", error.what()}, {"holder", {{"pid", error.pid()}}}}.dump()};
    entry.why = error.what();
  } catch (const RequestError& error) {
    answer = error_answer(error.status(), error.what());
    entry.why = error.what();
  } catch (const std::exception& error) {
    answer = error_answer(status_of(error), error.what());
    entry.why = error.what();
  }
  counts_.leases_refused.count(answer.status);
  // The policy's rate allows an acquisition, and each release that ends something follows one.
  const bool is_rated = request.endpoint == Endpoint::kAcquireLease || !entry.result.empty();
  if (request.endpoint == Endpoint::kHeartbeat && entry.why.empty()) return answer;
  if ((answer.status != 200 || !is_rated) && !may_log(caller)) return answer;
  if (request.devices) {
    for (const std::string& gpu : *request.devices) {
      entry.value += (entry.value.empty() ? "" : ",") + gpu;
    }
  }
  audit_.record(entry);
  return answer;
}

Answer Daemon::release(const Caller& caller, const Request& request, AuditEntry& entry) {
  const std::vector<NamedDevice> gpus = named_gpus(caller, request);
  const std::vector<std::size_t> positions = positions_of(gpus);
  const Leases::Released released =
      leases_.release(wish_of(caller).who(), positions, request.persist);
  if (released.count > 0) entry.result = fmt::format("{} released", released.count);
  if (released.not_back.empty()) return {.body = Json{{"released", released.count}}.dump()};
  entry.why = "not all GPUs are put back yet";
  Json errors = Json::object();
  for (const NamedDevice& gpu : gpus) {
    if (std::ranges::find(released.not_back, gpu.position) == released.not_back.end()) continue;
    errors[gpu.name] = fmt::format(
        "GPU {} is not back at its earlier settings, because its driver fails or is slow; zeusd "
        "tries again every second",
        gpu.position);
  }
  return {.status = 500,
          .body = Json{{"errors", std::move(errors)}, {"released", released.count}}.dump()};
}

Answer Daemon::acquire(const Caller& caller, const Request& request, const Policy& policy) {
  const std::vector<NamedDevice> gpus = named_gpus(caller, request);
  require_rate(caller, gpus.size(), policy);
  const std::vector<std::size_t> positions = positions_of(gpus);
  Leases::Wish wish = wish_of(caller);
  wish.is_asked_for = true;
  if (request.until_disconnect) wish.connection = caller.connection;
  if (request.length_s) wish.length = std::chrono::seconds(*request.length_s);
  if (!policy.dry_run) leases_.acquire(positions, wish, policy.leases);
  Json held = Json::object();
  for (const Leases::Shown& shown : leases_.list()) {
    for (const NamedDevice& gpu : gpus) {
      if (gpu.position != shown.gpu) continue;
      held[gpu.name] = {{"uuid", gpus_[gpu.position]->info().uuid},
                        {"ends_s", left(shown.lease.end)}};
    }
  }
  return {.body = Json{{"leases", std::move(held)},
                       {"heartbeat_s", in_seconds(policy.leases.heartbeat)},
                       {"dry_run", policy.dry_run}}
                      .dump()};
}

Answer Daemon::list_leases() const {
  Json leases = Json::array();
  for (const Leases::Shown& shown : leases_.list()) {
    Json lease{{"gpu_id", shown.gpu}, {"uuid", gpus_[shown.gpu]->info().uuid}};
    lease.update(holder_json(shown.lease, audit_));
    lease["asked_for"] = shown.lease.is_asked_for;
    lease["until_disconnect"] = shown.lease.until_disconnect();
    lease["heartbeat_due_s"] = left(shown.lease.heartbeat_due);
    lease["ends_s"] = left(shown.lease.end);
    lease["being_restored"] = shown.is_being_restored;
    if (shown.held) {
      const LeasedGpu::Held& held = *shown.held;
      lease["prior_power_limit_mw"] = to_milliwatts(held.prior.power_limit);
      lease["power_limit_mw"] = to_milliwatts(held.written.value_or(held.prior).power_limit);
      lease["graphics_clocks_locked"] = held.other.graphics_clocks_locked;
      lease["memory_clocks_locked"] = held.other.memory_clocks_locked;
    }
    leases.push_back(std::move(lease));
  }
  return {.body = Json{{"leases", std::move(leases)}}.dump()};
}

Answer Daemon::restore(AuditEntry& entry) {
  const std::vector<std::string> troubles = leases_.recover();
  if (!troubles.empty()) entry.why = troubles.front();
  return {.body =
              Json{{"troubles", troubles}}.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace zeus::daemon
