// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/prior_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.guard";

// A driver that is busy or was just interrupted may answer at the second try.
constexpr int kRestoreAttempts = 3;

// What is to be put back when the process exits without destroying its objects.
class ExitList {
 public:
  // Never destroyed: exit handlers run while and after static objects are.
  static ExitList& instance() {
    static ExitList* const list = new ExitList;
    return *list;
  }

  void add(PriorLimits* limits) {
    const std::lock_guard lock(mutex_);
    limits_.push_back(limits);
  }

  void remove(PriorLimits* limits) {
    const std::lock_guard lock(mutex_);
    std::erase(limits_, limits);
  }

 private:
  ExitList() {
    std::atexit(restore_all);
    std::at_quick_exit(restore_all);
  }

  static void restore_all() {
    ExitList& list = instance();
    const std::lock_guard lock(list.mutex_);
    for (PriorLimits* limits : list.limits_) {
      for (const std::string& line : limits->restore()) log(LogLevel::kWarning, kLogger, line);
    }
  }

  std::recursive_mutex mutex_;
  std::vector<PriorLimits*> limits_;
};

// Whether a write that reported success changed nothing. Only told of a limit that is where it was
// before: a driver may round, and a reading that fails says nothing.
bool was_ignored(const Gpu& gpu, Watts before, Watts limit) {
  try {
    const Watts now = gpu.power_limit();
    return same_limit(now, before) && !same_limit(now, limit);
  } catch (const std::exception&) {
    return false;
  }
}

std::string ignored(int index, Watts before, Watts limit) {
  return fmt::format(
      "the driver said that the power limit of GPU {} is set to {:g} W, but it is {:g} W as before",
      index, limit.value(), before.value());
}

}  // namespace

bool PriorLimits::Entry::is_ours(Watts limit) const {
  return same_limit(limit, written) || same_limit(limit, written_before);
}

PriorLimits::PriorLimits(std::vector<VisibleGpu> gpus) {
  entries_.reserve(gpus.size());
  for (VisibleGpu& visible : gpus) {
    const Watts prior = visible.gpu->power_limit();
    entries_.push_back({std::move(visible), prior, prior, prior});
  }
  ExitList::instance().add(this);
}

PriorLimits::~PriorLimits() {
  ExitList::instance().remove(this);
  for (const std::string& line : restore()) log(LogLevel::kWarning, kLogger, line);
}

void PriorLimits::test_permission() {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    try {
      entry.visible.gpu->set_power_limit(entry.prior);
    } catch (const ZeusGPUNoPermissionError& error) {
      throw ZeusGPUNoPermissionError(
          fmt::format(
              "setting the power limit of GPU {} needs root or the SYS_ADMIN capability; run "
              "as root, or give a container --cap-add SYS_ADMIN ({})",
              entry.visible.index, error.what()),
          error.code(), error.call());
    }
  }
}

void PriorLimits::set(std::size_t position, Watts limit) {
  if (fork_check_.forked()) return;
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[position];
  Gpu& gpu = *entry.visible.gpu;
  const Watts current = gpu.power_limit();
  if (!entry.is_ours(current)) {
    throw ZeusBaseGPUError(fmt::format(
        "the power limit of GPU {} was set to {:g} W by another program meanwhile (it was {:g} W)",
        entry.visible.index, current.value(), entry.written.value()));
  }
  if (same_limit(current, limit)) {
    entry.written = limit;
    return;
  }
  entry.written_before = current;
  entry.written = limit;
  entry.changed = true;
  gpu.set_power_limit(limit);
  if (was_ignored(gpu, current, limit)) {
    throw ZeusBaseGPUError(ignored(entry.visible.index, current, limit));
  }
}

std::vector<std::string> PriorLimits::restore() noexcept {
  std::vector<std::string> troubles;
  if (fork_check_.forked()) return troubles;
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (!entry.changed) continue;
    std::string trouble = restore_one(entry);
    if (!trouble.empty()) troubles.push_back(std::move(trouble));
  }
  return troubles;
}

std::string PriorLimits::restore_one(Entry& entry) {
  Gpu& gpu = *entry.visible.gpu;
  const auto settled = [&entry] {
    entry.changed = false;
    entry.written = entry.prior;
    entry.written_before = entry.prior;
  };
  std::optional<Watts> before;
  try {
    const Watts current = gpu.power_limit();
    before = current;
    if (same_limit(current, entry.prior)) {
      settled();
      return {};
    }
    if (!entry.is_ours(current)) {
      settled();
      return fmt::format(
          "the power limit of GPU {} was set to {:g} W by another program; left as it is "
          "(before this job it was {:g} W)",
          entry.visible.index, current.value(), entry.prior.value());
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // Whether it is still ours can't be known; a GPU left throttled is the greater harm.
  }
  std::string reason;
  for (int attempt = 0; attempt < kRestoreAttempts; ++attempt) {
    try {
      gpu.set_power_limit(entry.prior);
      if (!before || !was_ignored(gpu, *before, entry.prior)) {
        settled();
        return {};
      }
      reason = ignored(entry.visible.index, *before, entry.prior);
    } catch (const std::exception& error) {
      reason = error.what();
    }
  }
  return fmt::format(
      "the power limit of GPU {0} could not be put back to {1:g} W ({2}); mend it with: "
      "sudo nvidia-smi -i {3} -pl {1:g}",
      entry.visible.index, entry.prior.value(), reason, gpu.info().uuid);
}

}  // namespace zeus
