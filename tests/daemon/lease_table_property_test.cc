// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The lease table against a simpler machine: one GPU at a time, each with a list of all that
// happened to it, from which the answer is found by going through it from the beginning.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "zeus/daemon/server/lease_table.h"

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;

constexpr int kGpus = 3;
constexpr LeaseTerms kTerms{.heartbeat = milliseconds(10), .longest = milliseconds(35)};

struct Step {
  enum class Kind {
    kWrite,
    kAcquire,
    kHeartbeat,
    kRelease,
    kProcessEnds,
    kConnectionEnds,
    kTime,
    kRestored
  };
  Kind kind;
  int process;     // 1 to 3
  unsigned gpus;   // a set, never empty
  int connection;  // 0 to 2
  int amount;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << static_cast<int>(step.kind) << "(process " << step.process << ", gpus " << step.gpus
             << ", connection " << step.connection << ", " << step.amount << ")";
}

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(
      rc::gen::set(&Step::kind, rc::gen::map(rc::gen::inRange(0, 8),
                                             [](int i) { return static_cast<Step::Kind>(i); })),
      rc::gen::set(&Step::process, rc::gen::inRange(1, 4)),
      rc::gen::set(&Step::gpus, rc::gen::inRange(1U, 1U << kGpus)),
      rc::gen::set(&Step::connection, rc::gen::inRange(0, 3)),
      rc::gen::set(&Step::amount, rc::gen::inRange(1, 15)));
}

// The reference.
struct Slot {
  int holder = 0;  // 0: free
  bool is_asked_for = false;
  int connection = 0;
  int since = 0;
  int seen = 0;
  int length = 0;
  bool is_ending = false;

  [[nodiscard]] bool is_late(int now) const {
    return holder != 0 && ((is_asked_for && now >= seen + 10) || now >= since + length);
  }
};

class Reference {
 public:
  bool acquire(const Step& step, bool is_asked_for) {
    for (Slot* slot : chosen(step)) {
      const bool is_own = slot->holder == step.process && !slot->is_ending && !slot->is_late(now);
      if (slot->holder != 0 && !is_own) return false;
    }
    for (Slot* slot : chosen(step)) {
      if (slot->holder == 0) {
        *slot = {.holder = step.process,
                 .since = now,
                 .length = is_asked_for ? std::min(35, step.amount * 4) : 35};
      }
      if (is_asked_for) {
        slot->is_asked_for = true;
        slot->connection = step.connection;
      }
      slot->seen = now;
    }
    return true;
  }

  template <class Is>
  std::vector<std::size_t> end(Is is) {
    std::vector<std::size_t> ended;
    for (std::size_t i = 0; i < kGpus; ++i) {
      if (slots[i].holder == 0 || slots[i].is_ending || !is(i, slots[i])) continue;
      slots[i].is_ending = true;
      ended.push_back(i);
    }
    return ended;
  }

  std::vector<Slot*> chosen(const Step& step) {
    std::vector<Slot*> some;
    for (unsigned i = 0; i < kGpus; ++i) {
      if ((step.gpus >> i & 1U) != 0) some.push_back(&slots[i]);
    }
    return some;
  }

  int now = 0;
  Slot slots[kGpus];
};

std::vector<std::size_t> gpus_of(const Step& step) {
  std::vector<std::size_t> gpus;
  for (unsigned i = 0; i < kGpus; ++i) {
    if ((step.gpus >> i & 1U) != 0) gpus.push_back(i);
  }
  return gpus;
}

JobIdentity process(int number) { return {.pid = number, .start = 1}; }

void take(const Step& step, LeaseTable& table, Reference& reference) {
  const Instant now(reference.now);
  switch (step.kind) {
    case Step::Kind::kWrite:
    case Step::Kind::kAcquire: {
      const bool is_asked_for = step.kind == Step::Kind::kAcquire;
      LeaseTable::Wish wish{.holder = process(step.process), .is_asked_for = is_asked_for};
      if (is_asked_for) {
        wish.connection = static_cast<std::uint64_t>(step.connection);
        wish.length = milliseconds(step.amount * 4);
      }
      const auto refusals = table.acquire(gpus_of(step), wish, kTerms, now);
      RC_ASSERT(refusals.empty() == reference.acquire(step, is_asked_for));
      for (const auto& refusal : refusals) {
        RC_ASSERT(refusal.lease.holder.pid == reference.slots[refusal.gpu].holder);
      }
      return;
    }
    case Step::Kind::kHeartbeat: {
      std::size_t count = 0;
      for (Slot& slot : reference.slots) {
        if (slot.holder != step.process || slot.is_ending || slot.is_late(reference.now)) continue;
        ++count;
        slot.seen = reference.now;
      }
      RC_ASSERT(table.heartbeat({process(step.process), 0}, kTerms, now) == count);
      return;
    }
    case Step::Kind::kRelease:
      RC_ASSERT(table.release({process(step.process), 0}, gpus_of(step)) ==
                reference.end([&](std::size_t gpu, const Slot& slot) {
                  return slot.holder == step.process && (step.gpus >> gpu & 1U) != 0;
                }));
      return;
    case Step::Kind::kProcessEnds:
      RC_ASSERT(table.end_process(process(step.process)) ==
                reference.end(
                    [&](std::size_t, const Slot& slot) { return slot.holder == step.process; }));
      return;
    case Step::Kind::kConnectionEnds:
      RC_ASSERT(table.end_connection(static_cast<std::uint64_t>(step.connection)) ==
                reference.end([&](std::size_t, const Slot& slot) {
                  return step.connection != 0 && slot.connection == step.connection;
                }));
      return;
    case Step::Kind::kTime: {
      reference.now += step.amount;
      // A thread may look later than at the moment itself; here at every second chance.
      if (step.process == 1) return;
      RC_ASSERT(table.expire(Instant(reference.now)) ==
                reference.end(
                    [&](std::size_t, const Slot& slot) { return slot.is_late(reference.now); }));
      return;
    }
    case Step::Kind::kRestored:
      for (const std::size_t gpu : gpus_of(step)) {
        if (!reference.slots[gpu].is_ending) continue;
        RC_ASSERT(table.is_being_restored(gpu));
        reference.slots[gpu] = {};
        table.set_free(gpu);
      }
      return;
  }
}

void compare(const LeaseTable& table, const Reference& reference) {
  std::optional<int> next;
  for (std::size_t gpu = 0; gpu < kGpus; ++gpu) {
    const Slot& slot = reference.slots[gpu];
    RC_ASSERT(table.lease(gpu).has_value() == (slot.holder != 0));
    RC_ASSERT(table.is_being_restored(gpu) == slot.is_ending);
    int holders = 0;
    for (int each = 1; each <= 3; ++each) {
      const bool holds = table.holds({process(each), 0}, gpu);
      holders += holds ? 1 : 0;
      RC_ASSERT(holds == (slot.holder == each && !slot.is_ending));
    }
    RC_ASSERT(holders <= 1);
    if (slot.holder == 0 || slot.is_ending) continue;
    const int end = slot.is_asked_for ? std::min(slot.seen + 10, slot.since + slot.length)
                                      : slot.since + slot.length;
    next = next ? std::min(*next, end) : end;
  }
  RC_ASSERT(table.next_end().has_value() == next.has_value());
  if (next) RC_ASSERT(table.next_end()->count() == *next);
}

TEST(LeaseTableProperty, it_does_as_the_reference_machine) {
  ::setenv("RC_PARAMS", "max_success=10000 max_size=60", 0);  // read at the first check
  int sequences = 0;
  EXPECT_TRUE(rc::check("leases", [&sequences] {
    const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
    LeaseTable table(kGpus);
    Reference reference;
    for (const Step& step : steps) {
      take(step, table, reference);
      compare(table, reference);
    }
    ++sequences;
  }));
  EXPECT_GE(sequences, 10'000);
}

}  // namespace
}  // namespace zeus::daemon
