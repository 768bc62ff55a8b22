// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The journal on the disk: one file a GPU in one folder, written before a limit is, removed when
// the user's is back. What was there is trusted only where nobody but root and this user can have
// written it: the folder and its files must be theirs, no symbolic links, writable by nobody else.
// An entry that can't be read is set aside (`*.damaged`) and reported: never trusted, never
// deleted. An entry of an earlier start of the machine says nothing any more. Files are renamed and
// removed only by who has the GPU's lock (gpu_lock.h): another one might have just been written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/guard/journal_entry.h"

namespace zeus {

// What the kernel calls this start of the machine; empty where it doesn't tell.
[[nodiscard]] std::string current_boot();

// An entry that was written, its file mapped, for later ledgers of it: a line at its end costs no
// call of the system. A process that is killed loses nothing by that, and a machine that stops
// voids the entry.
class MappedEntry {
 public:
  // `file`: the entry's, open, and this object's from now on. Its rest up to kSize is reserved, so
  // that a full disk is met here and not later. Throws ZeusFileError.
  MappedEntry(const std::filesystem::path& path, int file);
  MappedEntry(const MappedEntry&) = delete;
  MappedEntry& operator=(const MappedEntry&) = delete;
  ~MappedEntry();

  static constexpr std::size_t kSize = 4096;

  // Returns false where the entry is to be written anew: it is full, or somebody has removed it.
  [[nodiscard]] bool append(const SettingLedger& ledger);

 private:
  const int file_;
  char* text_ = nullptr;
  std::size_t size_ = 0;  // of what is written; zeros follow
};

class SettingJournal {
 public:
  // Touches nothing. `boot`: current_boot() but for tests.
  SettingJournal(std::filesystem::path folder, std::string boot)
      : folder_(std::move(folder)), boot_(std::move(boot)) {}

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::string& boot() const { return boot_; }

  // Makes the folder where it is missing. Throws ZeusFileError where it can't be made, written to
  // or trusted.
  void open() const;

  // Throws ZeusFileError, after which what was there stays.
  void write(const JournalEntry& entry) const;
  // The entry that was written last; null where it can't be mapped.
  [[nodiscard]] std::unique_ptr<MappedEntry> map_entry(const std::string& uuid) const;
  void remove(const std::string& uuid) const;

  // Removes what writers that were killed have left beside the GPU's entry, and an entry of an
  // earlier start of the machine. For who has the GPU's lock.
  void remove_leftovers(const std::string& uuid) const noexcept;

  // Nothing where there is none, or none that counts: `troubles` gets a line for one that was set
  // aside.
  [[nodiscard]] std::optional<JournalEntry> read(const std::string& uuid,
                                                 std::vector<std::string>& troubles) const;

  // The GPUs that have an entry or something that a killed writer has left, in the order of their
  // UUIDs. Throws as read_all().
  [[nodiscard]] std::vector<std::string> uuids() const;

  // Every entry, in the order of their UUIDs; none where there is no folder. Throws ZeusFileError
  // where it can't be read or trusted.
  [[nodiscard]] std::vector<JournalEntry> read_all(std::vector<std::string>& troubles) const;

  // The file that the GPU's jobs and guards hold locks of (gpu_lock.h).
  [[nodiscard]] std::filesystem::path lock_file(const std::string& uuid) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& uuid,
                                              std::string_view ending) const;
  [[nodiscard]] std::filesystem::path entry_file(const std::string& uuid) const;
  [[nodiscard]] std::string set_aside(const std::string& uuid) const;
  // Throws ZeusFileError; false where it isn't there.
  [[nodiscard]] bool is_trusted_folder() const;

  std::filesystem::path folder_;
  std::string boot_;
};

}  // namespace zeus
