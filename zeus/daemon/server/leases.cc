// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/leases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <system_error>
#include <utility>

#include "zeus/guard/recovery.h"

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{1000};

// The lease that was granted has ended before its GPU's turn came.
struct LeaseEnded {};

}  // namespace

Leases::Leases(const std::vector<std::shared_ptr<Gpu>>& gpus, SettingJournal journal,
               AuditLog& audit, const LeaseTerms& terms)
    : journal_(std::move(journal)), audit_(audit), table_(gpus.size()), places_(gpus.size()) {
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu) {
    places_[gpu].gpu = std::make_unique<LeasedGpu>(VisibleGpu{index_of(gpu), gpus[gpu]}, journal_);
  }
  watch_ = std::make_unique<ProcessWatch>(
      [this](const JobIdentity& process) {
        const std::lock_guard lock(mutex_);
        hand_to_restorers(table_.end_process(process), "its process ended");
      },
      [this] {
        const std::lock_guard lock(mutex_);
        hand_to_restorers(table_.expire(now()), "its time was over");
        return table_.next_end();
      });
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu) {
    restorers_.emplace_back([this, gpu](const std::stop_token& stop) { run_restorer(gpu, stop); });
  }
  adopt_or_recover(terms);
}

Leases::~Leases() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
}

bool Leases::stop(milliseconds patience) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  hand_to_restorers(table_.end_all(), "the daemon was stopped");
  return changed_.wait_for(lock, patience, [this] {
    for (std::size_t gpu = 0; gpu < table_.size(); ++gpu) {
      if (table_.lease(gpu)) return false;
    }
    return true;
  });
}

std::string Leases::describe(const LeaseTable::Refusal& refusal) const {
  const JobIdentity& holder = refusal.lease.holder;
  return refusal.is_being_restored
             ? fmt::format("GPU {} is being put back to what it was before process {}; try again",
                           index_of(refusal.gpu), holder.pid)
             : fmt::format(
                   "GPU {} is being tuned by process {} of user {}; wait until it has ended",
                   index_of(refusal.gpu), holder.pid, audit_.user_name(refusal.lease.user));
}

bool Leases::watch(const JobIdentity& process) {
  try {
    return watch_->watch(process);
  } catch (const std::system_error& error) {
    throw ZeusBaseGPUError(fmt::format(
        "zeusd cannot watch process {} ({}), so its GPUs would not be put back at its end and "
        "nothing is changed; see zeusd's limit of open files",
        process.pid, error.what()));
  }
}

void Leases::set_free(std::size_t gpu) {
  const std::optional<Lease> lease = table_.lease(gpu);
  table_.set_free(gpu);
  if (lease && !table_.has_lease(lease->holder)) watch_->unwatch(lease->holder);
  changed_.notify_all();
}

Leases::Granted Leases::grant(const std::vector<std::size_t>& gpus, const Wish& wish,
                              const LeaseTerms& terms) {
  Granted granted;
  std::vector<std::size_t>& fresh = granted.fresh;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) throw ZeusBaseGPUError("zeusd is being stopped");
    for (const std::size_t gpu : gpus) {
      if (const std::optional<Lease>& lease = table_.lease(gpu)) {
        granted.held.emplace_back(gpu, *lease);
      } else {
        fresh.push_back(gpu);
      }
    }
    const auto refusals = table_.acquire(gpus, wish, terms, now());
    if (!refusals.empty()) throw LeaseHeldError(describe(refusals.front()), refusals.front());
    try {
      if (!fresh.empty() && !watch(wish.holder)) {
        throw ZeusBaseGPUError(fmt::format("process {} has ended", wish.holder.pid));
      }
    } catch (...) {
      for (const std::size_t gpu : fresh) set_free(gpu);  // nothing was begun
      for (const auto& [gpu, earlier] : granted.held) table_.unmake(gpu, earlier);
      throw;
    }
  }
  const bool can_end = wish.is_asked_for || terms.longest.count() > 0 || wish.length;
  if (can_end) watch_->look_again();
  return granted;
}

void Leases::begin(std::size_t gpu, const Wish& wish) {
  JournalLease note{.holder = wish.holder, .user = wish.user};
  {
    const std::lock_guard lock(mutex_);
    if (!table_.holds(wish.who(), gpu)) throw LeaseEnded{};
    const Lease& lease = *table_.lease(gpu);
    if (lease.end) note.end_ms = static_cast<std::uint64_t>(lease.end->count());
    note.is_asked_for = lease.is_asked_for;
    note.until_disconnect = lease.until_disconnect();
  }
  places_[gpu].gpu->begin(note);
}

// With the GPU's turn, so that nothing is written between the look and the end.
void Leases::free_if_unused(std::size_t gpu, const Holder& holder) {
  LeasedGpu& leased = *places_[gpu].gpu;
  if (leased.is_begun() && !leased.is_as_before()) return;
  const std::lock_guard lock(mutex_);
  if (!table_.holds(holder, gpu) || table_.lease(gpu)->is_asked_for) return;
  leased.keep();
  set_free(gpu);
}

void Leases::acquire(const std::vector<std::size_t>& gpus, const Wish& wish,
                     const LeaseTerms& terms) {
  const Granted granted = grant(gpus, wish, terms);
  try {
    for (const std::size_t gpu : gpus) {
      const LeasedGpu::Turn turn = places_[gpu].gpu->turn(kPatience);
      begin(gpu, wish);
    }
  } catch (const LeaseEnded&) {
    throw ZeusBaseGPUError("the lease ended while it was being acquired; try again");
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [gpu, earlier] : granted.held) table_.unmake(gpu, earlier);
    }
    release(wish.who(), granted.fresh, false);
    throw;
  }
}

void Leases::write(std::size_t gpu, const Wish& wish, const LeaseTerms& terms,
                   const std::function<void(LeasedGpu&)>& change) {
  LeasedGpu& leased = *places_[gpu].gpu;
  // Another thread of the holder's may give the lease back between grant and turn.
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    grant({gpu}, wish, terms);
    try {
      const LeasedGpu::Turn turn = leased.turn(kPatience);
      try {
        begin(gpu, wish);
        change(leased);
      } catch (...) {
        free_if_unused(gpu, wish.who());
        throw;
      }
      free_if_unused(gpu, wish.who());
      return;
    } catch (const LeaseEnded&) {
      if (attempt < kAttempts) continue;
      throw ZeusBaseGPUError("the lease ended before the change was made");
    }
  }
}

void Leases::require_available(std::size_t gpu, const Holder& holder) const {
  const std::lock_guard lock(mutex_);
  const std::optional<Lease>& lease = table_.lease(gpu);
  if (!lease || table_.holds(holder, gpu)) return;
  const LeaseTable::Refusal refusal{
      .gpu = gpu, .lease = *lease, .is_being_restored = table_.is_being_restored(gpu)};
  throw LeaseHeldError(describe(refusal), refusal);
}

std::size_t Leases::heartbeat(const Holder& holder, const LeaseTerms& terms,
                              std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  return table_.heartbeat(holder, terms, now(), connection);
}

Leases::Released Leases::release(const Holder& holder, const std::vector<std::size_t>& gpus,
                                 bool stays) {
  if (stays) {
    for (const std::size_t gpu : gpus) {
      const LeasedGpu::Turn turn = places_[gpu].gpu->turn(kPatience);
      const std::lock_guard lock(mutex_);
      if (table_.holds(holder, gpu)) places_[gpu].gpu->keep();
    }
  }
  std::unique_lock lock(mutex_);
  const std::vector<std::size_t> ended = table_.release(holder, gpus);
  hand_to_restorers(ended, "it was released");
  const auto is_ending = [&](std::size_t gpu) {
    return table_.is_being_restored(gpu) && table_.lease(gpu)->is_of(holder);
  };
  changed_.wait_for(lock, kPatience, [&] { return std::ranges::none_of(gpus, is_ending); });
  Released released{.count = ended.size()};
  std::ranges::copy_if(gpus, std::back_inserter(released.not_back), is_ending);
  return released;
}

void Leases::end_connection(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  hand_to_restorers(table_.end_connection(connection), "its connection ended");
}

void Leases::hand_to_restorers(const std::vector<std::size_t>& gpus, const std::string& why) {
  for (const std::size_t gpu : gpus) {
    places_[gpu].why_ended = why;
    places_[gpu].ended.notify_all();
  }
}

void Leases::run_restorer(std::size_t gpu, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Place& place = places_[gpu];
  const auto has_work = [&] { return place.has_earlier_job || table_.is_being_restored(gpu); };
  while (place.ended.wait(lock, stop, has_work)) {
    if (stop.stop_requested()) return;
    const bool has_earlier_job = std::exchange(place.has_earlier_job, false);
    const std::string why = place.why_ended;
    lock.unlock();
    if (has_earlier_job) {
      const std::vector<std::string> lines = finish_earlier_job(gpu);
      audit_.record({.what = "restore",
                     .gpu = place.gpu->gpu().info().uuid,
                     .value = "a job had left its entry in the journal",
                     .why = fmt::format("{}", fmt::join(lines, "; "))});
    } else {
      put_back_one(gpu, why, stop);
    }
    lock.lock();
  }
}

void Leases::put_back_one(std::size_t gpu, const std::string& why, const std::stop_token& stop) {
  LeasedGpu& leased = *places_[gpu].gpu;
  std::string last_trouble;
  while (!stop.stop_requested()) {
    std::string trouble;
    bool is_done = false;
    std::optional<LeasedGpu::Held> held;
    std::optional<Lease> lease;
    try {
      const LeasedGpu::Turn turn = leased.turn();
      held = leased.held();
      trouble = leased.restore();
      is_done = !leased.is_begun();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    {
      const std::lock_guard lock(mutex_);
      lease = table_.lease(gpu);
      ++(!is_done ? counts_.failed : trouble.empty() ? counts_.restored : counts_.foreign);
      if (is_done) set_free(gpu);
    }
    const bool is_news = is_done || trouble != std::exchange(last_trouble, trouble);
    if (is_news && lease && held) {
      audit_.record({.what = "restore",
                     .pid = lease->holder.pid,
                     .user = lease->user,
                     .gpu = leased.gpu().info().uuid,
                     .value = why,
                     .result = trouble.empty() ? zeus::describe(held->prior) : "",
                     .why = trouble});
    }
    changed_.notify_all();
    if (is_done) return;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

std::vector<Leases::Shown> Leases::list() const {
  std::vector<Shown> shown;
  const std::lock_guard lock(mutex_);
  for (std::size_t gpu = 0; gpu < table_.size(); ++gpu) {
    if (const auto& lease = table_.lease(gpu)) {
      shown.push_back({.gpu = gpu,
                       .lease = *lease,
                       .is_being_restored = table_.is_being_restored(gpu),
                       .held = places_[gpu].gpu->held()});
    }
  }
  return shown;
}

Leases::Counts Leases::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace zeus::daemon
