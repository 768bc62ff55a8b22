// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The power limits that were there before this process changed any: they are the user's.
// PriorLimits remembers them, writes others, and puts them back: when asked, at destruction and
// when the process exits (exit, return from main, quick_exit). A limit that somebody else wrote
// meanwhile is theirs: it is reported and left alone. Thread-safe. In a forked child nothing is
// written: the limits are the parent's to put back.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/fork_check.h"

namespace zeus {

class PriorLimits {
 public:
  // Reads the requested limit of every GPU; writes nothing. Throws what the driver answers.
  explicit PriorLimits(std::vector<VisibleGpu> gpus);
  PriorLimits(const PriorLimits&) = delete;
  PriorLimits& operator=(const PriorLimits&) = delete;
  ~PriorLimits();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // The limit that was there. `position`: in the order of the constructor's list.
  [[nodiscard]] Watts prior(std::size_t position) const { return entries_[position].prior; }

  // Finds out whether this process may set limits, by writing the one that is there. Throws
  // ZeusGPUNoPermissionError, or what else the driver answers.
  void test_permission();

  // Sets a GPU's limit; nothing is written where it is there already. Throws what the driver
  // answers, and ZeusBaseGPUError where somebody else changed the limit since, or where the driver
  // reports success and the limit stays where it was.
  void set(std::size_t position, Watts limit);

  // Puts every changed limit back, each GPU whatever happens to the others, and returns one line
  // for each that could not be or was somebody else's. Those that could not be are tried again by
  // the next call. Afterwards set() works again.
  std::vector<std::string> restore() noexcept;

 private:
  struct Entry {
    VisibleGpu visible;
    Watts prior;
    // The limits that may be there if only this process writes: the last written, and the one
    // before, since a write that reports failure may or may not have worked.
    Watts written;
    Watts written_before;
    bool changed = false;

    [[nodiscard]] bool is_ours(Watts limit) const;
  };

  static std::string restore_one(Entry& entry);

  const ForkCheck fork_check_;
  // Recursive: exit() may be called from within a driver call or a log sink.
  std::recursive_mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace zeus
