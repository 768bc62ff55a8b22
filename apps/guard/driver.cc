// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/guard/driver.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "zeus/machine.h"

namespace zeus::apps {
namespace {

// Less than a job waits for its guard's answer.
constexpr std::chrono::seconds kPatience{4};

}  // namespace

struct Driver::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Machine> machine;
  bool is_opening = false;
  std::chrono::steady_clock::time_point deadline;  // of the opening
};

Driver::Driver() : state_(std::make_shared<State>()) {}

std::optional<VisibleGpu> Driver::find(const std::string& uuid, std::string& problem) {
  std::unique_lock lock(state_->mutex);
  if (!state_->machine && !state_->is_opening) {
    state_->is_opening = true;
    state_->deadline = std::chrono::steady_clock::now() + kPatience;
    std::thread([state = state_] {
      Machine machine{MachineOptions{.guard = GuardOptions{.is_off = true}}};
      const std::lock_guard opened(state->mutex);
      state->machine.emplace(std::move(machine));
      state->is_opening = false;
      state->changed.notify_all();
    }).detach();
  }
  if (!state_->changed.wait_until(lock, state_->deadline,
                                  [this] { return state_->machine.has_value(); })) {
    throw std::runtime_error("the driver does not answer");
  }
  const auto& all = state_->machine->all_gpus();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->info().uuid == uuid) return VisibleGpu{static_cast<int>(i), all[i]};
  }
  problem = state_->machine->problem();
  state_->machine.reset();
  return std::nullopt;
}

bool Driver::is_opening() const {
  const std::lock_guard lock(state_->mutex);
  return state_->is_opening;
}

}  // namespace zeus::apps
