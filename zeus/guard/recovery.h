// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Puts back what a job that is gone has left on a GPU, by its journal entry. For the guard, the
// next job on the GPU and `zeus restore` alike.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/setting_journal.h"

namespace zeus {

struct Recovery {
  enum class Outcome {
    kRestored,     // the user's limit is back
    kWasThere,     // it was there already
    kLeftAlone,    // somebody else's limit is there
    kNotRestored,  // it could not be put back: the entry stays
    kInUse,        // the job runs, or its guard is at it
  };
  JournalEntry entry;
  Outcome outcome = Outcome::kInUse;
  pid_t holder = 0;       // kInUse: of the GPU's lock
  std::string trouble{};  // one line where there is more to say
};

// Removes what writers that were killed have left beside the GPU's entry, unless another process
// has the GPU: it does no harm, but nobody else would. Throws ZeusFileError where the journal can't
// be used.
void tidy(const SettingJournal& journal, const std::string& uuid);

// Whether a daemon set it for a process that is there. Such a daemon goes on with it when it starts
// again, so nobody else may act on the entry.
[[nodiscard]] bool is_leased(const JournalEntry& entry);

// With the GPU's lock: acts on the entry that is there, and removes it where all is done. Nothing
// where there is none; kInUse for one that is leased.
[[nodiscard]] std::optional<Recovery> put_back(const SettingJournal& journal,
                                               const VisibleGpu& visible,
                                               std::vector<std::string>& troubles);

// The same for who doesn't have the lock. Where another process is putting this GPU back, waits for
// at most `patience` until it has. Throws ZeusFileError where the journal can't be used.
[[nodiscard]] std::optional<Recovery> recover(const SettingJournal& journal,
                                              const VisibleGpu& visible,
                                              std::chrono::milliseconds patience,
                                              std::vector<std::string>& troubles);

}  // namespace zeus
