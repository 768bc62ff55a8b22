// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/late_writes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;

// A write that hangs in the driver until the test lets go of it.
class HangingWrite {
 public:
  explicit HangingWrite(LateWrites& late) {
    EXPECT_TRUE(late.add([this] {
      begun_.set_value();
      go_on_.get_future().wait();
      is_done_ = true;
    }));
    begun_.get_future().wait();
  }
  void let_go() { go_on_.set_value(); }
  [[nodiscard]] bool is_done() const { return is_done_; }

 private:
  std::promise<void> begun_;
  std::promise<void> go_on_;
  std::atomic<bool> is_done_ = false;
};

TEST(LateWrites, its_end_waits_for_the_write_that_hangs_and_drops_the_others) {
  auto late = std::make_unique<LateWrites>();
  HangingWrite hanging(*late);
  std::atomic<bool> is_other_made = false;
  EXPECT_TRUE(late->add([&] { is_other_made = true; }));
  std::atomic<bool> is_ended = false;
  {
    const std::jthread ending([&] {
      late.reset();
      EXPECT_TRUE(hanging.is_done()) << "it uses what is gone then";
      is_ended = true;
    });
    std::this_thread::sleep_for(milliseconds(20));  // it could end too early
    EXPECT_FALSE(is_ended);
    hanging.let_go();
  }
  EXPECT_FALSE(is_other_made);
}

TEST(LateWrites, who_waits_for_one_that_hangs_waits_no_longer_than_he_may) {
  LateWrites late;
  HangingWrite hanging(late);
  EXPECT_FALSE(late.finish(milliseconds(1)));
  hanging.let_go();
  EXPECT_TRUE(late.finish(milliseconds(20'000)));
}

TEST(LateWrites, behind_one_that_hangs_only_so_many_wait_and_each_is_made_in_its_turn) {
  LateWrites late;
  HangingWrite hanging(late);
  int made = 0;
  int added = 0;
  while (added < 1000 && late.add([&made, added] { EXPECT_EQ(made++, added); })) ++added;
  EXPECT_EQ(added, 64);
  hanging.let_go();
  EXPECT_TRUE(late.finish(milliseconds(20'000)));
  EXPECT_EQ(made, added);
}

}  // namespace
}  // namespace zeus::daemon
