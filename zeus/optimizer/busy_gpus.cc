// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/busy_gpus.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

using std::chrono::steady_clock;

constexpr const char* kLogger = "zeus.optimizer.power_limit";

// A limit that changes as often while this job starts will not stand still the next time.
constexpr int kMostChanges = 3;

// Jobs that wait for the same GPU look at different times.
std::chrono::milliseconds pause() { return std::chrono::milliseconds(80 + ::getpid() % 40); }

}  // namespace

void BusyGpus::wait(const PriorSettings* prior, const std::vector<std::size_t>& positions) {
  if (!is_waiting_ || prior == nullptr) return;
  const auto deadline = steady_clock::now() +
                        std::chrono::duration<double>(options_.construction_timeout.value() / 2);
  try {
    while (prior->first_busy(positions) && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(pause());
      if (options_.while_waiting) options_.while_waiting();
    }
  } catch (...) {
    interruption_ = std::current_exception();
    throw;
  }
}

void BusyGpus::report(const GpuNotFreeError& error, RankReport& outcome) const {
  if (error.is_busy() && options_.when_busy == WhenBusy::kRefuse) {
    throw ZeusBaseGPUError(
        fmt::format("{}: two jobs can't set one power limit; wait until it has ended, with "
                    "when_busy or by hand, or leave this GPU to it with gpu_indices or "
                    "CUDA_VISIBLE_DEVICES",
                    error.what()));
  }
  outcome.not_free = error.what();
  outcome.is_busy = error.is_busy();
}

std::optional<std::string> BusyGpus::decide(const std::vector<RankReport>& outcomes,
                                            std::size_t rank) {
  const RankReport& report = outcomes[rank];
  const std::string text =
      outcomes.size() == 1 ? report.not_free : fmt::format("rank {}: {}", rank, report.not_free);
  is_waiting_ = report.is_busy;
  if (!report.is_busy) {
    if (++changes_ < kMostChanges) return std::nullopt;
    if (outcomes.size() > 1) throw ZeusCommunicatorError(text + "; start it again");
    throw ZeusBaseGPUError(text + "; start it again");
  }
  changes_ = 0;
  const bool only_measures = options_.when_busy == WhenBusy::kMeasureOnly;
  if (text != last_said_) {
    last_said_ = text;
    log(rank_ == 0 ? LogLevel::kWarning : LogLevel::kInfo, kLogger,
        fmt::format("{}. {}", text,
                    only_measures ? "This job trains without tuning and sets no power limit."
                                  : "This job waits until that one has ended."));
  }
  if (!only_measures) return std::nullopt;
  return text + "; this job only measures, as when_busy says";
}

}  // namespace zeus
