// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/rapl/rapl_zone.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/regular_file.h"

namespace zeus::rapl {
namespace {

constexpr double kMicrojoules = 1e6;
constexpr Watts kMoreThanAnyPackageDraws{1000};
// The counter may have counted this much longer than two timestamps say.
constexpr Seconds kReadingSlack{0.1};
constexpr Seconds kLongestPause{10};

std::string reason(int error_number) { return std::generic_category().message(error_number); }

int open_counter(const std::filesystem::path& file_name) {
  int file = -1;
  do {
    file = above_standard_streams(::open(file_name.c_str(), O_RDONLY | O_CLOEXEC));
  } while (file < 0 && errno == EINTR);
  if (file >= 0) return file;
  if (errno == EACCES || errno == EPERM) {
    throw ZeusCPUNoPermissionError(
        fmt::format("CPU energy can't be measured: only root may read {}", file_name.string()));
  }
  throw ZeusBaseCPUError(
      fmt::format("CPU energy can't be measured: {}: {}", file_name.string(), reason(errno)));
}

// A file of sysfs is made anew at each read from its beginning.
std::uint64_t read_number(int file, const std::filesystem::path& file_name) {
  std::array<char, 32> text{};
  ssize_t length = 0;
  do {
    length = ::pread(file, text.data(), text.size(), 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) {
    throw ZeusBaseCPUError(
        fmt::format("CPU energy can't be read: {}: {}", file_name.string(), reason(errno)));
  }
  std::uint64_t number = 0;
  std::string_view line(text.data(), static_cast<std::size_t>(length));
  line = line.substr(0, line.find('\n'));
  if (std::from_chars(line.data(), line.data() + line.size(), number).ec != std::errc()) {
    throw ZeusBaseCPUError(
        fmt::format("CPU energy can't be read: {} has no number: '{}'", file_name.string(), line));
  }
  return number;
}

std::uint64_t range_of(const std::filesystem::path& zone) {
  std::uint64_t range = 0;
  std::ifstream(zone / "max_energy_range_uj") >> range;
  return range;
}

}  // namespace

std::string zone_name(const std::filesystem::path& zone) {
  std::string name;
  std::getline(std::ifstream(zone / "name"), name);
  return name;
}

ZoneCounter::ZoneCounter(const std::filesystem::path& zone, Seconds now)
    : file_name_(zone / "energy_uj"),
      file_(open_counter(file_name_)),
      range_(range_of(zone)),
      counter_(0, 0),
      last_read_(now) {
  try {
    counter_ = WrappingCounter(read_number(file_, file_name_), range_);
  } catch (...) {
    ::close(file_);
    throw;
  }
}

ZoneCounter::ZoneCounter(ZoneCounter&& other) noexcept
    : file_name_(std::move(other.file_name_)),
      file_(std::exchange(other.file_, -1)),
      range_(other.range_),
      counter_(other.counter_),
      last_read_(other.last_read_) {}

ZoneCounter::~ZoneCounter() {
  if (file_ >= 0) ::close(file_);
}

Joules ZoneCounter::energy(Seconds now) {
  const std::uint64_t reading = read_number(file_, file_name_);
  const Seconds elapsed = now - std::exchange(last_read_, now);
  const Joules most = kMoreThanAnyPackageDraws * (elapsed + kReadingSlack);
  const std::uint64_t resets = counter_.resets();
  const std::uint64_t total =
      counter_.advance(reading, static_cast<std::uint64_t>(most.value() * kMicrojoules));
  if (resets == 0 && counter_.resets() != 0) {
    log(LogLevel::kWarning, "zeus.device",
        fmt::format("The energy counter {} started again, by a resume from suspend or a reset. Up "
                    "to {:.3g} s of its energy are not counted. Later resets are not reported.",
                    file_name_.string(), elapsed.value()));
  }
  return Joules(static_cast<double>(total) / kMicrojoules);
}

Seconds ZoneCounter::longest_pause() const {
  const Joules range(static_cast<double>(range_) / kMicrojoules);
  return std::min(kLongestPause, Seconds(range.value() / kMoreThanAnyPackageDraws.value() / 2));
}

}  // namespace zeus::rapl
