// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "zeus/atomic_file.h"
#include "zeus/error.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/regular_file.h"

namespace zeus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".limit";
// As write_file_atomically() calls what is not yet in its place.
constexpr std::string_view kTemporary = ".tmp.";

[[noreturn]] void fail(std::string_view doing, const fs::path& path, int error) {
  throw ZeusFileError(fmt::format("cannot {} '{}': {}", doing, path.string(),
                                  std::generic_category().message(error)));
}

// Nobody but root and this user can have written it.
bool is_ours(const struct stat& info) {
  return (info.st_uid == ::geteuid() || info.st_uid == 0) &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// A UUID becomes a file's name.
const std::string& checked(const std::string& uuid) {
  const bool is_name = !uuid.empty() && uuid.size() < 128 && uuid.front() != '.' &&
                       std::ranges::all_of(uuid, [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
                       });
  if (!is_name) throw ZeusFileError(fmt::format("'{}' is no UUID of a GPU", uuid));
  return uuid;
}

enum class Reading { kNothing, kText, kDamaged };

Reading read_entry(const fs::path& path, std::string& text) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENOENT) return Reading::kNothing;
    if (errno == ELOOP) return Reading::kDamaged;
    fail("read", path, errno);
  }
  struct stat info {};
  std::array<char, MappedEntry::kSize> bytes{};
  ssize_t size = -1;
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode) && is_ours(info)) {
    size = ::read(file, bytes.data(), bytes.size());
  }
  ::close(file);
  if (size < 0) return Reading::kDamaged;
  const auto end = bytes.begin() + size;
  text.assign(bytes.begin(), std::find(bytes.begin(), end, '\0'));  // what is reserved is not text
  return Reading::kText;
}

}  // namespace

std::string current_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  file >> boot;
  return boot;
}

fs::path SettingJournal::file_of(const std::string& uuid, std::string_view ending) const {
  // It would land in the folder that the program happens to be in.
  if (folder_.empty()) throw ZeusFileError("there is no folder for the journal of power limits");
  return folder_ / (checked(uuid) + std::string(ending));
}

fs::path SettingJournal::entry_file(const std::string& uuid) const {
  return file_of(uuid, kEnding);
}

fs::path SettingJournal::lock_file(const std::string& uuid) const { return file_of(uuid, ".lock"); }

MappedEntry::MappedEntry(const fs::path& path, int file) : file_(file) {
  struct stat info {};
  int error = ::fstat(file_, &info) == 0 ? 0 : errno;
  size_ = static_cast<std::size_t>(info.st_size);
  if (error == 0 && size_ > kSize) error = EFBIG;
  if (error == 0) error = ::posix_fallocate(file_, 0, kSize);
  void* const room = error != 0
                         ? MAP_FAILED
                         : ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (room == MAP_FAILED) {
    if (error == 0) error = errno;
    ::close(file_);
    fail("write", path, error);
  }
  text_ = static_cast<char*>(room);
}

MappedEntry::~MappedEntry() {
  ::munmap(text_, kSize);
  ::close(file_);
}

bool MappedEntry::append(const SettingLedger& ledger) {
  const std::string line = to_line(ledger);
  if (line.size() > kSize - size_) return false;
  struct stat info {};
  if (::fstat(file_, &info) != 0 || info.st_nlink == 0) return false;
  // A process may be killed at any store: without its end a line doesn't count.
  char* const place = text_ + size_;
  std::copy(line.begin(), line.end() - 1, place);
  std::atomic_ref(place[line.size() - 1]).store(line.back(), std::memory_order_release);
  size_ += line.size();
  return true;
}

bool SettingJournal::is_trusted_folder() const {
  struct stat info {};
  if (::lstat(folder_.c_str(), &info) != 0) {
    if (errno == ENOENT) return false;
    fail("use the folder", folder_, errno);
  }
  if (!S_ISDIR(info.st_mode)) fail("use the folder", folder_, ENOTDIR);
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    throw ZeusFileError(fmt::format("cannot use the folder '{}': it is another user's (number {})",
                                    folder_.string(), info.st_uid));
  }
  if (!is_ours(info)) {
    throw ZeusFileError(fmt::format(
        "cannot use the folder '{0}': others can write to it; remove it, or make it yours with: "
        "chmod go-w '{0}'",
        folder_.string()));
  }
  return true;
}

void SettingJournal::open() const {
  if (!is_trusted_folder()) {
    // A folder above, made here for a simulated machine's, is as private.
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno == ENOENT) {
      ::mkdir(folder_.parent_path().c_str(), 0755);
      ::mkdir(folder_.c_str(), 0755);
    }
    if (!is_trusted_folder()) fail("make the folder", folder_, errno);
  }
  if (::access(folder_.c_str(), W_OK | X_OK) != 0) fail("write to the folder", folder_, errno);
}

void SettingJournal::write(const JournalEntry& entry) const {
  write_file_atomically(entry_file(entry.uuid), to_text(entry), 0600);
}

std::unique_ptr<MappedEntry> SettingJournal::map_entry(const std::string& uuid) const {
  const fs::path path = entry_file(uuid);
  const int file = above_standard_streams(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file < 0) return nullptr;
  try {
    return std::make_unique<MappedEntry>(path, file);
  } catch (const ZeusFileError&) {
    return nullptr;
  }
}

void SettingJournal::remove(const std::string& uuid) const { remove_file_if_any(entry_file(uuid)); }

std::optional<JournalEntry> SettingJournal::read(const std::string& uuid,
                                                 std::vector<std::string>& troubles) const {
  if (!is_trusted_folder()) return std::nullopt;
  const fs::path path = entry_file(uuid);
  std::string text;
  const Reading reading = read_entry(path, text);
  if (reading == Reading::kNothing) return std::nullopt;
  std::optional<JournalEntry> entry;
  if (reading == Reading::kText) entry = parse_entry(text);
  if (!entry || entry->uuid != uuid) {
    troubles.push_back(set_aside(uuid));
    return std::nullopt;
  }
  if (entry->boot != boot_) return std::nullopt;
  return entry;
}

std::string SettingJournal::set_aside(const std::string& uuid) const {
  const fs::path path = entry_file(uuid);
  fs::path aside = path;
  aside += ".damaged";
  std::string reason;
  try {
    const auto lock = GpuLock::open(lock_file(uuid));
    const bool is_ours = lock->is_held(GpuLock::Part::kJob);
    if (is_ours || lock->try_lock_to_restore()) {
      std::error_code error;
      fs::rename(path, aside, error);
      if (error) reason = error.message();
      if (!is_ours) lock->unlock_restored();
    } else {
      reason = "another process has the GPU";
    }
  } catch (const ZeusFileError& error) {
    reason = error.what();
  }
  return fmt::format(
      "'{}' is no entry of the journal of power limits that can be trusted; it is {}. Look at the "
      "GPU's limit with 'zeus env'",
      path.string(),
      reason.empty() ? "kept as '" + aside.string() + "'" : "left as it is (" + reason + ")");
}

void SettingJournal::remove_leftovers(const std::string& uuid) const noexcept {
  try {
    const std::string temporary = uuid + std::string(kEnding) + std::string(kTemporary);
    std::error_code error;
    for (fs::directory_iterator each(folder_, error), end; !error && each != end;
         each.increment(error)) {
      std::error_code ignored;
      if (each->path().filename().string().starts_with(temporary)) {
        fs::remove(each->path(), ignored);
      }
    }
    std::string text;
    if (read_entry(entry_file(uuid), text) != Reading::kText) return;
    const std::optional<JournalEntry> entry = parse_entry(text);
    if (entry && entry->boot != boot_) remove(uuid);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // They do no harm.
  }
}

std::vector<std::string> SettingJournal::uuids() const {
  std::vector<std::string> uuids;
  if (!is_trusted_folder()) return uuids;
  std::error_code error;
  for (fs::directory_iterator each(folder_, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    const std::size_t ending = name.find(kEnding);
    if (ending == std::string::npos || ending == 0) continue;
    const std::string_view rest = std::string_view(name).substr(ending + kEnding.size());
    if (rest.empty() || rest.starts_with(kTemporary)) uuids.push_back(name.substr(0, ending));
  }
  if (error) fail("read the folder", folder_, error.value());
  std::ranges::sort(uuids);
  uuids.erase(std::ranges::unique(uuids).begin(), uuids.end());
  return uuids;
}

std::vector<JournalEntry> SettingJournal::read_all(std::vector<std::string>& troubles) const {
  std::vector<JournalEntry> entries;
  for (const std::string& uuid : uuids()) {
    if (std::optional<JournalEntry> entry = read(uuid, troubles)) {
      entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

}  // namespace zeus
