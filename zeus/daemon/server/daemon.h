// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What zeusd answers: requests of docs/zeusd.md, for who sent them, under the operator's policy. It
// knows no sockets. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/daemon/server/answer.h"
#include "zeus/daemon/server/audit_log.h"
#include "zeus/daemon/server/http_server.h"
#include "zeus/daemon/server/late_writes.h"
#include "zeus/daemon/server/leases.h"
#include "zeus/daemon/server/policy.h"
#include "zeus/daemon/server/power_streams.h"
#include "zeus/daemon/server/request.h"
#include "zeus/daemon/server/write_rate.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"

namespace zeus::daemon {

struct DaemonOptions {
  std::vector<std::shared_ptr<Gpu>> gpus;  // all of the machine, by the driver's indices
  std::vector<VisibleCpu> cpus;
  SettingJournal journal;
  std::set<ApiGroup> groups{ApiGroup::kGpuControl, ApiGroup::kGpuRead, ApiGroup::kCpuRead};
  Policy policy{};
};

// One of the devices that a request is about, as the client called it.
struct NamedDevice {
  std::string name;
  std::size_t position = 0;
};

[[nodiscard]] std::vector<std::size_t> positions_of(const std::vector<NamedDevice>& devices);

class Daemon {
 public:
  Daemon(DaemonOptions options, AuditLog& audit);

  [[nodiscard]] Answer answer(const Caller& caller, std::string_view method,
                              std::string_view target);

  void end_connection(std::uint64_t connection) { leases_.end_connection(connection); }

  // Ends all leases and waits for what is under way. False where something was not done by then.
  bool stop(std::chrono::milliseconds patience);

  // From the next request on.
  void set_policy(Policy policy);

  // What /metrics adds to its own figures.
  void set_server(const HttpServer* server) { server_ = server; }

  [[nodiscard]] Leases& leases() { return leases_; }

 private:
  Answer dispatch(const Caller& caller, const Request& request);
  [[nodiscard]] std::vector<NamedDevice> named_gpus(const Caller& caller,
                                                    const Request& request) const;
  [[nodiscard]] std::vector<NamedDevice> named_cpus(const Request& request) const;
  [[nodiscard]] std::shared_ptr<const Policy> policy() const;

  [[nodiscard]] Answer discover() const;
  [[nodiscard]] Answer metrics() const;
  [[nodiscard]] Answer read_gpus(const Request& request,
                                 const std::vector<NamedDevice>& gpus) const;
  [[nodiscard]] Answer stream_gpus(const std::vector<NamedDevice>& gpus) const;
  [[nodiscard]] Answer read_cpus(const Request& request,
                                 const std::vector<NamedDevice>& cpus) const;
  [[nodiscard]] Answer read_cpu_power(const std::vector<NamedDevice>& cpus) const;
  [[nodiscard]] Answer stream_cpus(const std::vector<NamedDevice>& cpus) const;

  // What became of one GPU of a request that changes some.
  struct Outcome;
  Answer write_gpus(const Caller& caller, const Request& request);
  Outcome write_one(const Caller& caller, const Request& request, const NamedDevice& gpu,
                    const std::shared_ptr<const Policy>& policy);
  // Makes the change, late or at once, and says so in the audit log.
  Outcome change(const Caller& caller, const Request& request, std::size_t gpu,
                 const Policy& policy);
  Outcome outcome_of(const std::exception& error) const;
  Answer answer_of(const std::vector<NamedDevice>& gpus,
                   const std::vector<Outcome>& outcomes) const;
  // Throws RequestError (403).
  void require_rights(const Caller& caller, bool persist, const Policy& policy) const;
  void require_rate(const Caller& caller, std::size_t writes, const Policy& policy);
  void require_within(const Caller& caller, const Request& request, const NamedDevice& gpu,
                      const Policy& policy) const;
  [[nodiscard]] bool is_no_change(const Caller& caller, std::uint32_t power_limit_mw,
                                  std::size_t gpu) const;
  [[nodiscard]] Leases::Wish wish_of(const Caller& caller) const;
  // Whether a line that no rate of changes bounds, as of a refusal, is written to the audit log:
  // each user can have only so many there. One that isn't is counted.
  bool may_log(const Caller& caller);
  void record(const Caller& caller, const Request& request, std::size_t gpu,
              const Outcome& outcome);

  // Leases as such (lease_requests.cc).
  Answer lease(const Caller& caller, const Request& request);
  // What a request asks for; `entry` gets what the audit log has to say beside. Throws.
  Answer lease_answer(const Caller& caller, const Request& request, AuditEntry& entry);
  Answer release(const Caller& caller, const Request& request, AuditEntry& entry);
  Answer acquire(const Caller& caller, const Request& request, const Policy& policy);
  [[nodiscard]] Answer list_leases() const;
  Answer restore(AuditEntry& entry);

  const std::vector<std::shared_ptr<Gpu>> gpus_;
  const std::vector<VisibleCpu> cpus_;
  const std::set<ApiGroup> groups_;
  AuditLog& audit_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Policy> policy_;
  WriteRate rate_;
  WriteRate log_rate_;  // of what is no change, in the audit log

  std::atomic<const HttpServer*> server_{nullptr};
  // What was asked for and not done, by why.
  struct Refusals {
    std::atomic<std::uint64_t> policy{0};   // 403, of the driver's too
    std::atomic<std::uint64_t> lease{0};    // 409
    std::atomic<std::uint64_t> rate{0};     // 429
    std::atomic<std::uint64_t> request{0};  // 400, 404
    std::atomic<std::uint64_t> failed{0};   // 500: the driver's or the journal's fault
    void count(int status);
  };
  struct Counts {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> writes{0};
    Refusals writes_refused;
    Refusals leases_refused;
    std::atomic<std::uint64_t> unlogged{0};
  };
  mutable Counts counts_;

  PowerStreams gpu_power_;
  PowerStreams cpu_power_;
  Leases leases_;
  std::vector<std::unique_ptr<LateWrites>> late_;  // one a GPU
};

// Of an error that a GPU answered: 400, 403, 409 or 500 (docs/zeusd.md).
[[nodiscard]] int status_of(const std::exception& error);

[[nodiscard]] std::int64_t unix_ms();

}  // namespace zeus::daemon
