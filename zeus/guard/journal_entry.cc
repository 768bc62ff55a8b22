// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/journal_entry.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace zeus {
namespace {

constexpr std::string_view kFirstLine = "zeus power limit journal 1";
constexpr std::uint64_t kMostPid = 1U << 30U;

// Takes "name value\n" off the front of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

  std::optional<std::string_view> text(std::string_view name) {
    const std::optional<std::string_view> line = next();
    if (!line || line->size() <= name.size() + 1 || !line->starts_with(name) ||
        (*line)[name.size()] != ' ') {
      return std::nullopt;
    }
    return line->substr(name.size() + 1);
  }

  std::optional<std::uint64_t> number(std::string_view name) {
    const std::optional<std::string_view> value = text(name);
    std::uint64_t number = 0;
    if (!value) return std::nullopt;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc() || end != value->data() + value->size()) return std::nullopt;
    return number;
  }

  // Of a line that need not be there. One that is there and wrong makes the whole text wrong.
  std::optional<std::uint64_t> number_if_any(std::string_view name) {
    if (!rest_.starts_with(name) || rest_.substr(name.size(), 1) != " ") return std::nullopt;
    const std::optional<std::uint64_t> value = number(name);
    is_wrong_ = is_wrong_ || !value;
    return value;
  }

  [[nodiscard]] bool is_wrong() const { return is_wrong_; }

 private:
  std::string_view rest_;
  bool is_wrong_ = false;
};

KnobSetting setting_of(std::uint64_t milliwatts) {
  return {.power_limit = Watts(static_cast<double>(milliwatts) / 1000.0)};
}

// 0 is no limit that a GPU has: it stands for "none".
std::uint64_t milliwatts_of(const std::optional<KnobSetting>& setting) {
  return setting ? static_cast<std::uint64_t>(to_milliwatts(setting->power_limit)) : 0;
}

// The lines that most entries don't have.
std::string rare_lines(const JournalEntry& entry) {
  std::string text;
  const auto add = [&text](std::string_view name, std::uint64_t value) {
    text += fmt::format("{} {}\n", name, value);
  };
  if (entry.other.graphics_clocks_locked) add("graphics_clocks_locked", 1);
  if (entry.other.memory_clocks_locked) add("memory_clocks_locked", 1);
  if (entry.other.prior_persistence) add("prior_persistence", *entry.other.prior_persistence);
  if (entry.lease) {
    add("lease_pid", static_cast<std::uint64_t>(entry.lease->holder.pid));
    add("lease_start", entry.lease->holder.start);
    add("lease_user", entry.lease->user);
    add("lease_end_ms", entry.lease->end_ms);
    if (entry.lease->is_asked_for) add("lease_asked_for", 1);
    if (entry.lease->until_disconnect) add("lease_until_disconnect", 1);
  }
  return text;
}

// False where they say what can't be.
bool take_rare_lines(Lines& lines, OtherSettings& other, std::optional<JournalLease>& lease) {
  const auto graphics = lines.number_if_any("graphics_clocks_locked");
  const auto memory = lines.number_if_any("memory_clocks_locked");
  const auto persistence = lines.number_if_any("prior_persistence");
  const auto pid = lines.number_if_any("lease_pid");
  const auto start = lines.number_if_any("lease_start");
  const auto user = lines.number_if_any("lease_user");
  const auto end_ms = lines.number_if_any("lease_end_ms");
  const auto asked_for = lines.number_if_any("lease_asked_for");
  const auto until_disconnect = lines.number_if_any("lease_until_disconnect");
  const bool is_whole = pid.has_value() == start.has_value() &&
                        pid.has_value() == user.has_value() &&
                        pid.has_value() == end_ms.has_value();
  const bool is_plain = asked_for.value_or(1) == 1 && until_disconnect.value_or(1) == 1 &&
                        (pid || (!asked_for && !until_disconnect));
  if (lines.is_wrong() || !is_plain || graphics.value_or(1) != 1 || memory.value_or(1) != 1 ||
      persistence.value_or(0) > 1 || !is_whole || (pid && (*pid == 0 || *pid > kMostPid))) {
    return false;
  }
  other = {.graphics_clocks_locked = graphics.has_value(),
           .memory_clocks_locked = memory.has_value()};
  if (persistence) other.prior_persistence = *persistence == 1;
  if (pid) {
    lease = {.holder = {.pid = static_cast<int>(*pid), .start = *start},
             .user = *user,
             .end_ms = *end_ms,
             .is_asked_for = asked_for.has_value(),
             .until_disconnect = until_disconnect.has_value()};
  }
  return true;
}

// Nothing where it can't be.
std::optional<SettingLedger> ledger_of(std::uint64_t prior, std::uint64_t written,
                                       std::uint64_t before) {
  constexpr std::uint64_t kMostMilliwatts = 1'000'000'000;
  if (prior == 0 || prior > kMostMilliwatts || written > kMostMilliwatts ||
      before > kMostMilliwatts) {
    return std::nullopt;
  }
  SettingLedger ledger(setting_of(prior));
  if (written != 0 && before != 0) {
    ledger.begin_write(setting_of(before), setting_of(written));
  } else if (written != 0) {
    ledger.end_write(setting_of(written));
  }
  return ledger;
}

// "now WRITTEN BEFORE"; false where a whole line is another.
bool take_later_lines(Lines& lines, std::uint64_t& written, std::uint64_t& before) {
  while (const std::optional<std::string_view> line = lines.next()) {
    constexpr std::string_view kWord = "now ";
    const char* const end = line->data() + line->size();
    if (!line->starts_with(kWord)) return false;
    const auto first = std::from_chars(line->data() + kWord.size(), end, written);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return false;
    const auto second = std::from_chars(first.ptr + 1, end, before);
    if (second.ec != std::errc() || second.ptr != end) return false;
  }
  return true;
}

}  // namespace

std::string to_line(const SettingLedger& ledger) {
  return fmt::format("now {} {}\n", milliwatts_of(ledger.written()),
                     milliwatts_of(ledger.before()));
}

std::string to_text(const JournalEntry& entry) {
  return fmt::format(
      "{}\nboot {}\ngpu {}\nsimulated {}\npid {}\nstart {}\nprior_mw {}\nwritten_mw {}\n"
      "before_mw {}\n{}end\n",
      kFirstLine, entry.boot, entry.uuid, entry.is_simulated ? 1 : 0, entry.job.pid,
      entry.job.start, milliwatts_of(entry.ledger.prior()), milliwatts_of(entry.ledger.written()),
      milliwatts_of(entry.ledger.before()), rare_lines(entry));
}

std::optional<JournalEntry> parse_entry(std::string_view text) {
  Lines lines(text);
  if (lines.next() != kFirstLine) return std::nullopt;
  const auto boot = lines.text("boot");
  const auto uuid = lines.text("gpu");
  const auto simulated = lines.number("simulated");
  const auto pid = lines.number("pid");
  const auto start = lines.number("start");
  const auto prior = lines.number("prior_mw");
  auto written = lines.number("written_mw");
  auto before = lines.number("before_mw");
  OtherSettings other;
  std::optional<JournalLease> lease;
  const bool is_right = take_rare_lines(lines, other, lease);
  const bool is_ended = lines.next() == "end";
  if (!boot || !uuid || !simulated || !pid || !start || !prior || !written || !before ||
      !is_right || !is_ended || !take_later_lines(lines, *written, *before)) {
    return std::nullopt;
  }
  const std::optional<SettingLedger> ledger = ledger_of(*prior, *written, *before);
  if (*simulated > 1 || *pid == 0 || *pid > kMostPid || !ledger) return std::nullopt;
  return JournalEntry{.boot = std::string(*boot),
                      .uuid = std::string(*uuid),
                      .is_simulated = *simulated == 1,
                      .job = {.pid = static_cast<int>(*pid), .start = *start},
                      .ledger = *ledger,
                      .other = other,
                      .lease = lease};
}

std::optional<JobIdentity> identify(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // The second word is the program's name in brackets, which may hold anything.
  std::size_t at = text.rfind(')');
  if (at == std::string::npos) return std::nullopt;
  constexpr int kWordsToStart = 20;  // from the name to the 22nd word
  for (int i = 0; i < kWordsToStart && at != std::string::npos; ++i) at = text.find(' ', at + 1);
  JobIdentity job{.pid = pid};
  if (at != std::string::npos) {
    std::from_chars(text.data() + at + 1, text.data() + text.size(), job.start);
  }
  return job;
}

}  // namespace zeus
