// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/attachment.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <vector>

namespace simulator {
namespace {

struct Attachment {
  std::mutex mutex;
  std::shared_ptr<Driver> driver;
  MachineName name;
  unsigned inits = 0;
  // Faults of nvmlInit count over the attempts: a first one that fails makes no attachment.
  MachineName counted_name;
  std::unique_ptr<Faults> init_faults;
  // What a child has from its parent. Kept: destroying it is the parent's.
  std::vector<std::shared_ptr<Driver>> inherited;
};

Attachment& attachment() {
  static auto* const the_one = new Attachment();
  return *the_one;
}

// Leaves in a child nothing of the parent's attachment. Under the mutex.
void forget_parent(Attachment& it) {
  if (it.driver) it.inherited.push_back(std::move(it.driver));
  it.driver.reset();
  it.inits = 0;
}

// Not by comparing process numbers at each call: that costs a system call, half of what a call of
// this driver takes.
const bool kHandlesForks = [] {
  pthread_atfork(
      [] {
        attachment().mutex.lock();
        before_fork();
      },
      [] {
        after_fork_in_parent();
        attachment().mutex.unlock();
      },
      [] {
        after_fork_in_child();
        forget_parent(attachment());
        attachment().mutex.unlock();
      });
  return true;
}();

MachineName name_from_environment() {
  const auto text = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::string(value != nullptr ? value : "");
  };
  return {.scenario = text("ZEUS_SIMULATOR"), .state = text("ZEUS_SIMULATOR_STATE")};
}

std::shared_ptr<Driver> make_driver(const MachineName& name) noexcept {
  try {
    return std::make_shared<Driver>(name);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zeus simulator: %s\n", error.what());
    return nullptr;
  }
}

Verdict verdict_on_init(Attachment& it, const MachineName& name, const char* function) {
  if (!it.init_faults || it.counted_name != name) {
    it.init_faults = std::make_unique<Faults>(it.driver->scenario().faults);
    it.counted_name = name;
  }
  return it.init_faults->on_call(function, std::nullopt, it.driver->passed_ns());
}

}  // namespace

nvmlReturn_t attach(const char* function) {
  Attachment& it = attachment();
  std::unique_lock lock(it.mutex);
  if (it.inits == 0) {
    it.driver.reset();
    it.name = name_from_environment();
    it.driver = make_driver(it.name);
    if (!it.driver) return NVML_ERROR_UNKNOWN;
  }
  const Verdict verdict = verdict_on_init(it, it.name, function);
  if (verdict.code == NVML_SUCCESS && !verdict.hangs) ++it.inits;
  const std::shared_ptr<Driver> driver = it.driver;
  lock.unlock();
  driver->suffer(verdict, std::nullopt);
  return verdict.code;
}

nvmlReturn_t detach() {
  Attachment& it = attachment();
  const std::shared_ptr<Driver> driver = initialized_driver();
  if (!driver) return NVML_ERROR_UNINITIALIZED;
  const Verdict verdict = driver->verdict_on("nvmlShutdown", std::nullopt);
  driver->suffer(verdict, std::nullopt);
  if (verdict.code != NVML_SUCCESS) return verdict.code;
  const std::lock_guard lock(it.mutex);
  if (it.inits == 0) return NVML_ERROR_UNINITIALIZED;
  if (--it.inits == 0) it.driver.reset();
  return NVML_SUCCESS;
}

std::shared_ptr<Driver> initialized_driver() {
  Attachment& it = attachment();
  const std::lock_guard lock(it.mutex);
  return it.inits > 0 ? it.driver : nullptr;
}

std::shared_ptr<Driver> any_driver() {
  Attachment& it = attachment();
  const std::lock_guard lock(it.mutex);
  if (it.inits > 0) return it.driver;
  const MachineName name = name_from_environment();
  if (!it.driver || it.name != name) {
    it.driver.reset();
    it.name = name;
    it.driver = make_driver(name);
  }
  return it.driver;
}

}  // namespace simulator
