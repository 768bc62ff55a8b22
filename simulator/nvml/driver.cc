// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/driver.h"

#include <unistd.h>

#include <algorithm>

namespace simulator {
namespace {

Scenario scenario_of(const MachineName& name) {
  return name.scenario.empty() ? default_scenario() : load_scenario(name.scenario);
}

}  // namespace

Driver::Driver(const MachineName& name)
    : scenario_(scenario_of(name)),
      state_(name.state.empty() ? default_state_path(scenario_) : std::filesystem::path(name.state),
             scenario_),
      faults_(scenario_.faults) {}

std::int64_t Driver::now_ns() {
  return scenario_.virtual_clock ? state_.shared().virtual_now_ns.load() : real_monotonic_ns();
}

std::int64_t Driver::unix_ns() {
  if (!scenario_.virtual_clock) return real_unix_ns();
  return state_.shared().begin_unix_ns + now_ns() - begin_ns();
}

void Driver::wait(const std::function<std::int64_t()>& deadline, WaitKind kind, const int* stop) {
  if (scenario_.virtual_clock) {
    wait_in_virtual_time(state_.shared().virtual_now_ns, deadline, kind, stop);
  } else {
    wait_in_real_time(deadline, stop);
  }
}

void Driver::spend(std::int64_t latency_ns) {
  if (latency_ns == 0) return;
  const std::int64_t end = now_ns() + latency_ns;
  wait([end] { return end; }, WaitKind::kDriverCall, nullptr);
}

void Driver::sleep_until(std::int64_t deadline_ns, const int* stop) {
  wait([deadline_ns] { return deadline_ns; },
       stop != nullptr ? WaitKind::kBackground : WaitKind::kStep, stop);
}

void Driver::suffer(const Verdict& verdict, std::optional<unsigned> gpu) {
  while (verdict.hangs) pause();
  spend(verdict.delay_ns);
  if (!verdict.outside_limit_mw) return;
  for (unsigned i = 0; i < gpu_count(); ++i) {
    if (gpu && *gpu != i) continue;
    change(i, [&](Moment& at) { at.timeline.set_limit(at.now_ns, *verdict.outside_limit_mw); });
  }
}

void Driver::do_outside_writes(StateFile::Access& access, std::int64_t now) {
  for (const OutsideWrite& write : scenario_.faults.outside_writes) {
    if (now - begin_ns() < write.after_ns) break;
    for (unsigned i = 0; i < gpu_count(); ++i) {
      // The first moment is 1, for a new record's 0 to be before it.
      const std::int64_t moment = write.after_ns + 1;
      if ((write.gpu && *write.gpu != i) || access.record(i).outside_done_ns >= moment) continue;
      access.change();
      access.gpu(i).set_limit(begin_ns() + write.after_ns, write.limit_mw);
      access.record(i).outside_done_ns = moment;
      access.commit();
    }
  }
}

bool Driver::is_any_lost(std::span<const unsigned> gpus) {
  const std::int64_t passed = passed_ns();
  return std::ranges::any_of(gpus, [&](unsigned gpu) { return faults_.is_lost(gpu, passed); });
}

bool Driver::try_begin_step(std::span<const unsigned> gpus) {
  StateFile::Access access(state_);
  const std::int64_t now = now_ns();
  do_outside_writes(access, now);
  const auto is_busy = [&](unsigned index) { return access.gpu(index).is_busy(now); };
  if (std::ranges::any_of(gpus, is_busy)) return false;
  access.change();
  for (const unsigned index : gpus) {
    access.gpu(index).begin_step(now);
    access.record(index).clients.add_this_process();
  }
  access.commit();
  return true;
}

std::int64_t Driver::busy_until(std::span<const unsigned> gpus) {
  StateFile::Access access(state_);
  do_outside_writes(access, now_ns());
  std::int64_t end = 0;
  for (const unsigned index : gpus) end = std::max(end, access.record(index).job_end_ns);
  return end;
}

bool Driver::step(std::span<const unsigned> gpus) {
  const auto end = [&] { return busy_until(gpus); };
  do {
    if (is_any_lost(gpus)) return false;
    if (try_begin_step(gpus)) break;
    wait(end, WaitKind::kStep, nullptr);
  } while (true);
  wait(end, WaitKind::kStep, nullptr);
  return !is_any_lost(gpus);
}

}  // namespace simulator
