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

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

KnobSetting setting_of(std::uint64_t milliwatts) {
  return {.power_limit = Watts(static_cast<double>(milliwatts) / 1000.0)};
}

// 0 is no limit that a GPU has: it stands for "none".
std::uint64_t milliwatts_of(const std::optional<KnobSetting>& setting) {
  return setting ? static_cast<std::uint64_t>(to_milliwatts(setting->power_limit)) : 0;
}

}  // namespace

std::string to_text(const JournalEntry& entry) {
  return fmt::format(
      "{}\nboot {}\ngpu {}\nsimulated {}\npid {}\nstart {}\nprior_mw {}\nwritten_mw {}\n"
      "before_mw {}\nend\n",
      kFirstLine, entry.boot, entry.uuid, entry.is_simulated ? 1 : 0, entry.job.pid,
      entry.job.start, milliwatts_of(entry.ledger.prior()), milliwatts_of(entry.ledger.written()),
      milliwatts_of(entry.ledger.before()));
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
  const auto written = lines.number("written_mw");
  const auto before = lines.number("before_mw");
  const bool is_ended = lines.next() == "end" && lines.is_at_end();
  constexpr std::uint64_t kMostMilliwatts = 1'000'000'000;
  constexpr std::uint64_t kMostPid = 1U << 30U;
  if (!boot || !uuid || !simulated || !pid || !start || !prior || !written || !before ||
      !is_ended) {
    return std::nullopt;
  }
  if (*simulated > 1 || *pid == 0 || *pid > kMostPid || *prior == 0 || *prior > kMostMilliwatts ||
      *written > kMostMilliwatts || *before > kMostMilliwatts) {
    return std::nullopt;
  }
  SettingLedger ledger(setting_of(*prior));
  if (*written != 0 && *before != 0) {
    ledger.begin_write(setting_of(*before), setting_of(*written));
  } else if (*written != 0) {
    ledger.end_write(setting_of(*written));
  }
  return JournalEntry{.boot = std::string(*boot),
                      .uuid = std::string(*uuid),
                      .is_simulated = *simulated == 1,
                      .job = {.pid = static_cast<int>(*pid), .start = *start},
                      .ledger = ledger};
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
