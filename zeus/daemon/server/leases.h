// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The leases of this machine's GPUs, kept: a table of who has what (lease_table.h), the GPUs
// themselves (leased_gpu.h), and the watch over the holders. Whatever ends a lease, its GPU is put
// back at once, and again every second until it works. Each GPU has a thread for that, which sleeps
// while there is nothing to put back. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "zeus/daemon/server/audit_log.h"
#include "zeus/daemon/server/lease_table.h"
#include "zeus/daemon/server/leased_gpu.h"
#include "zeus/daemon/server/process_watch.h"

namespace zeus::daemon {

// Somebody else has the lease.
class LeaseHeldError : public ZeusBaseGPUError {
 public:
  LeaseHeldError(const std::string& message, LeaseTable::Refusal refusal)
      : ZeusBaseGPUError(message), refusal_(refusal) {}
  [[nodiscard]] const LeaseTable::Refusal& refusal() const { return refusal_; }

 private:
  LeaseTable::Refusal refusal_;
};

class Leases {
 public:
  // Continues the leases of an earlier daemon whose holders are there, and puts back the others.
  // `gpus`: by their positions; `terms`: of the leases that are continued. What is written to
  // `audit` has no value that outlives it.
  Leases(const std::vector<std::shared_ptr<Gpu>>& gpus, SettingJournal journal, AuditLog& audit,
         const LeaseTerms& terms = {});
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;
  ~Leases();

  // Ends all leases. False where a GPU was not put back by then; its journal entry stays.
  bool stop(std::chrono::milliseconds patience);

  using Wish = LeaseTable::Wish;

  // All of them or none. Throws LeaseHeldError for the first that can't be had, GpuTakenError,
  // ZeusBaseGPUError where the process has ended, or what keeps the GPU from being leased.
  void acquire(const std::vector<std::size_t>& gpus, const Wish& wish, const LeaseTerms& terms);

  // Runs `change` for the holder of the GPU's lease, who gets one where it has none. A lease that
  // was not asked for ends where there is nothing to put back. Throws as acquire() does, and what
  // `change` throws.
  void write(std::size_t gpu, const Wish& wish, const LeaseTerms& terms,
             const std::function<void(LeasedGpu&)>& change);

  // Throws LeaseHeldError where another process has the GPU now.
  void require_available(std::size_t gpu, const Holder& holder) const;

  // How many leases the holder has.
  std::size_t heartbeat(const Holder& holder, const LeaseTerms& terms, std::uint64_t connection);

  struct Released {
    std::size_t count = 0;
    std::vector<std::size_t> not_back{};  // tried again every second
  };
  // Ends the holder's leases of the GPUs, and waits until all of them that are or were the holder's
  // are put back, or left where `stays`.
  Released release(const Holder& holder, const std::vector<std::size_t>& gpus, bool stays);

  void end_connection(std::uint64_t connection);

  // Finishes what jobs that are gone have left, and tries again what could not be put back. A line
  // for each GPU that was not.
  std::vector<std::string> recover();

  struct Shown {
    std::size_t gpu;
    Lease lease;
    bool is_being_restored;
    std::optional<LeasedGpu::Held> held;
  };
  [[nodiscard]] std::vector<Shown> list() const;

  struct Counts {
    std::uint64_t restored = 0;
    std::uint64_t failed = 0;   // attempts
    std::uint64_t foreign = 0;  // left alone
  };
  [[nodiscard]] Counts counts() const;

 private:
  // A change takes some 20 ms; where the driver hangs a client is to know.
  static constexpr std::chrono::milliseconds kPatience{5000};

  struct Place {
    std::unique_ptr<LeasedGpu> gpu;
    // With mutex_: why the lease ended whose GPU is to be restored, and that there is one.
    std::string why_ended;
    bool has_earlier_job = false;  // with mutex_: its entry is to be finished
    std::condition_variable_any ended;
  };

  // The lease of `gpu`, begun; throws. With the GPU's turn.
  void begin(std::size_t gpu, const Wish& wish);
  struct Granted {
    std::vector<std::size_t> fresh;                   // that were free
    std::vector<std::pair<std::size_t, Lease>> held;  // that the holder had, and how
  };
  Granted grant(const std::vector<std::size_t>& gpus, const Wish& wish, const LeaseTerms& terms);
  // Whether `process` lives; its end is noticed from here on. With mutex_, as all that changes who
  // has a lease. Throws ZeusBaseGPUError where it can't be watched.
  bool watch(const JobIdentity& process);
  // The GPU is nobody's. With mutex_.
  void set_free(std::size_t gpu);
  void free_if_unused(std::size_t gpu, const Holder& holder);
  // Wakes the restorers of the GPUs, whose leases the table has just ended. With mutex_ locked
  // since then, so that nobody finds a GPU that is to be restored and has no restorer.
  void hand_to_restorers(const std::vector<std::size_t>& gpus, const std::string& why);
  void run_restorer(std::size_t gpu, const std::stop_token& stop);
  void put_back_one(std::size_t gpu, const std::string& why, const std::stop_token& stop);
  void adopt(std::size_t gpu, const JournalEntry& entry, const LeaseTerms& terms);
  // Their GPUs are looked at by their restorers: a driver that hangs keeps no daemon from its
  // start.
  void adopt_or_recover(const LeaseTerms& terms);
  // A line where the job's GPU is not back. Does nothing where the GPU has a lease.
  [[nodiscard]] std::vector<std::string> finish_earlier_job(std::size_t gpu);
  [[nodiscard]] std::string describe(const LeaseTable::Refusal& refusal) const;
  [[nodiscard]] int index_of(std::size_t gpu) const { return static_cast<int>(gpu); }

  const SettingJournal journal_;
  AuditLog& audit_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  LeaseTable table_;
  Counts counts_;
  bool is_stopping_ = false;
  std::vector<Place> places_;
  std::unique_ptr<ProcessWatch> watch_;
  std::vector<std::jthread> restorers_;  // by GPU
};

}  // namespace zeus::daemon
