// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The mapped file that all processes of a machine share. Built so that a process may be killed at
// any instruction: a robust lock passes to the next one that asks, and a change is made on a copy
// that one atomic store puts in force, so what a dead process left half-written is never seen.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>

#include "simulator/scenario/scenario.h"
#include "simulator/state/gpu_timeline.h"

namespace simulator {

// The layout of the file.
struct SharedState {
  static constexpr std::uint64_t kMagic = 0x3274'6174'7375'657AULL;  // "zeustat2"

  std::atomic<std::uint64_t> magic;  // written last: 0 in a file that is not finished
  std::uint64_t size;
  std::uint64_t fingerprint;  // of the scenario that it is for
  std::uint64_t boot;         // of the boot that its times belong to
  std::int64_t begin_ns;      // on the machine's monotonic clock
  std::int64_t begin_unix_ns;
  std::atomic<std::int64_t> virtual_now_ns;
  pthread_mutex_t lock;

  // Readers use records[in_force]; a writer fills the other and then switches.
  std::atomic<std::uint32_t> in_force;
  std::array<std::array<GpuRecord, kMaxGpus>, 2> records;
  std::array<History, kMaxGpus> history;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

class StateFile {
 public:
  // Maps `path`, made for `scenario` if it is not there, is unfinished, is from before the last
  // boot, or is another scenario's that no process uses any more. Throws ScenarioError when it
  // is another scenario's in use, or cannot be mapped.
  StateFile(const std::filesystem::path& path, const Scenario& scenario);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  [[nodiscard]] SharedState& shared() { return *state_; }

  // Holds the lock. The destructor releases it, and drops what was not committed.
  class Access {
   public:
    explicit Access(StateFile& file);
    ~Access();
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    // The state of a GPU to look at; after change() the copy.
    [[nodiscard]] GpuTimeline gpu(unsigned index);
    [[nodiscard]] GpuRecord& record(unsigned index) { return (*records_)[index]; }

    // From here on gpu() and record() may be changed, and commit() puts that in force at once for
    // all GPUs.
    void change();
    void commit();

   private:
    StateFile& file_;
    std::array<GpuRecord, kMaxGpus>* records_;
  };

 private:
  void make_anew();
  void unload();

  const Scenario& scenario_;
  std::filesystem::path path_;
  int fd_ = -1;
  SharedState* state_ = nullptr;
};

// Where the state lives when nobody says: one file a user and a scenario.
[[nodiscard]] std::filesystem::path default_state_path(const Scenario& scenario);

}  // namespace simulator
