// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// An entry of the guard's journal, whatever it holds, is refused, or is one that can be written and
// read again; and a limit that it doesn't name is nobody's to put back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "zeus/guard/journal_entry.h"

namespace {

bool are_alike(const zeus::JournalEntry& a, const zeus::JournalEntry& b) {
  return a.boot == b.boot && a.uuid == b.uuid && a.is_simulated == b.is_simulated &&
         a.job == b.job && a.ledger.prior() == b.ledger.prior() &&
         a.ledger.written() == b.ledger.written() && a.ledger.before() == b.ledger.before();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto entry = zeus::parse_entry(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!entry) return 0;
  const auto again = zeus::parse_entry(zeus::to_text(*entry));
  if (!again || !are_alike(*entry, *again)) std::abort();

  using Verdict = zeus::SettingLedger::Verdict;
  const zeus::SettingLedger& ledger = entry->ledger;
  if (!(ledger.prior().power_limit > zeus::Watts(0))) std::abort();
  if (ledger.verdict(ledger.prior()) != Verdict::kNothing) std::abort();
  const zeus::KnobSetting foreign{.power_limit = zeus::Watts(0.5)};
  if (!ledger.knows(foreign) && ledger.verdict(foreign) != Verdict::kForeign) std::abort();
  return 0;
}
