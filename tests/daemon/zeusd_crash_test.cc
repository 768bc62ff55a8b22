// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// zeusd killed at every step of a story that has all that clients do: before and after each system
// call on the journal and each driver call, one after the other, until a run gets through. The next
// start puts everything right. ZEUS_DAEMON_CRASHES in the environment: each step with and without
// clients that live on, and with and without another program's limit, which takes minutes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "simulator/api/simulator.h"
#include "tests/daemon/zeusd.h"
#include "zeus/device/gpu_controls.h"

namespace zeus::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

constexpr double kUsers = 250;
constexpr double kKept = 200;           // left behind by who may
constexpr double kSomebodyElses = 230;  // no limit of the clients'
const std::string kLowClock = "&min_clock_mhz=210&max_clock_mhz=210";
constexpr int kMostSteps = 5000;

// What is done at one step.
struct Variant {
  bool is_after = false;         // the daemon is killed after the step, else before
  bool do_clients_live = false;  // until the next daemon runs
  bool is_foreign = false;       // another program sets GPU 0 meanwhile
};

// What clients saw of a daemon.
struct Seen {
  std::vector<std::unique_ptr<ClientProcess>> clients{};
  enum class Kept { kNot, kAskedFor, kDone } kept = Kept::kNot;
};

class ZeusdCrashTest : public ZeusdTest {
 protected:
  ZeusdCrashTest() {
    ::setenv("ZEUS_CRASH_LOG", (folder_ / "crash").c_str(), 1);
    ::setenv("ZEUS_CRASH_PROGRAM", "zeusd", 1);
    prior_persistence_ = gpu(1)->controls().persistence_mode();
    // The clock shows its lock only while the GPU works.
    work_ = std::jthread([](const std::stop_token& stop) {
      while (!stop.stop_requested()) simulator::step(0U);
    });
  }
  ~ZeusdCrashTest() override {
    for (const char* name : {"LD_PRELOAD", "ZEUS_CRASH_PROGRAM", "ZEUS_CRASH_AT",
                             "ZEUS_CRASH_AFTER", "ZEUS_CRASH_LOG"}) {
      ::unsetenv(name);
    }
  }

  // Whether the daemon that is to crash at this step serves.
  bool start_to_crash(int step, bool is_after) {
    std::filesystem::remove(folder_ / "crash");
    ::setenv("LD_PRELOAD", ZEUS_CRASH_AT, 1);
    ::setenv("ZEUS_CRASH_AT", std::to_string(step).c_str(), 1);
    if (is_after) {
      ::setenv("ZEUS_CRASH_AFTER", "1", 1);
    } else {
      ::unsetenv("ZEUS_CRASH_AFTER");
    }
    zeusd_.reset();
    zeusd_ = std::make_unique<Zeusd>(socket());
    ::unsetenv("LD_PRELOAD");
    return zeusd_->is_serving();
  }
  // "7 after rename"; empty where the daemon got through.
  [[nodiscard]] std::string crashed_at() const { return read_text(folder_ / "crash"); }

  // Whether the daemon lives to say so.
  static bool is_done(const HttpAnswer& answer) {
    EXPECT_TRUE(answer.status == 0 || answer.status == 200) << answer.body;
    return answer.status == 200;
  }
  ClientProcess& new_client(Seen& seen) const {
    return *seen.clients.emplace_back(std::make_unique<ClientProcess>(socket()));
  }
  // Until nobody has a GPU. Whether the daemon lives to say so.
  [[nodiscard]] bool all_are_free() const {
    bool is_free = false;
    EXPECT_TRUE(comes_true([&] {
      const HttpAnswer answer = get("/lease");
      is_free = answer.status == 200 && answer.json()["leases"].empty();
      return is_free || answer.status == 0;
    }));
    return is_free;
  }

  // One after the other, so that each run has the same steps.
  void tell_story(Seen& seen) {
    ClientProcess& writer = new_client(seen);
    if (!is_done(writer.set_limit("0", 150000)) || !is_done(writer.set_limit("0", 160000))) return;
    writer.kill();
    if (!all_are_free()) return;

    ClientProcess& holder = new_client(seen);
    const std::string other_mode = prior_persistence_ ? "false" : "true";
    for (const std::string& each :
         {std::string("/lease/acquire?gpu_ids=0,1"),
          std::string("/gpu/set_power_limit?block=true&gpu_ids=0&power_limit_mw=170000"),
          std::string("/gpu/set_power_limit?block=true&gpu_ids=1&power_limit_mw=180000"),
          "/gpu/set_gpu_locked_clocks?block=true&gpu_ids=0" + kLowClock,
          "/gpu/set_persistence_mode?block=true&gpu_ids=1&enabled=" + other_mode,
          std::string("/lease/release?gpu_ids=0")}) {
      if (!is_done(holder.ask("POST", each))) return;
    }
    holder.kill();
    if (!all_are_free()) return;

    ClientProcess& last = new_client(seen);
    seen.kept = Seen::Kept::kAskedFor;
    if (!is_done(last.set_limit("1", static_cast<int>(kKept * 1000), "&persist=true"))) return;
    seen.kept = Seen::Kept::kDone;
    if (!is_done(last.set_limit("0", 150000))) return;
    zeusd_->end(SIGTERM);
  }

  // A start among what another daemon that was killed has left: one client lives, one is gone.
  void tell_story_of_a_next_start(Seen& seen) {
    ClientProcess& holder = *seen.clients.front();
    holder.disconnect();  // from the daemon that is gone
    if (!is_done(holder.set_limit("0", 160000))) return;
    holder.kill();
    if (all_are_free()) zeusd_->end(SIGTERM);
  }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& file :
         std::filesystem::directory_iterator(std::getenv("ZEUS_JOURNAL_DIR"), none)) {
      if (file.path().extension() != ".lock") names.push_back(file.path().filename().string());
    }
    return names;
  }

  void expect_next_start_puts_right(Seen& seen, const Variant& variant) {
    if (!variant.do_clients_live) seen.clients.clear();
    if (variant.is_foreign) gpu(0)->set_power_limit(Watts(kSomebodyElses));
    std::filesystem::remove(socket() + ".log");
    start();
    seen.clients.clear();
    EXPECT_TRUE(all_are_free());
    EXPECT_EQ(limit(0), variant.is_foreign ? kSomebodyElses : kUsers);
    const double second = limit(1);
    EXPECT_TRUE((second == kUsers && seen.kept != Seen::Kept::kDone) ||
                (second == kKept && seen.kept != Seen::Kept::kNot))
        << second;
    EXPECT_TRUE(comes_true([this] { return gpu(0)->clock()->value() > 300; })) << "is locked";
    EXPECT_EQ(gpu(1)->controls().persistence_mode(), prior_persistence_);
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(zeusd_->end(SIGTERM), 0);
    // The one after that finds nothing to do.
    std::filesystem::remove(socket() + ".log");
    start();
    EXPECT_THAT(zeusd_->log(), Not(::testing::HasSubstr("{"))) << "in its audit log";
    EXPECT_EQ(zeusd_->end(SIGTERM), 0);
    gpu(0)->set_power_limit(Watts(kUsers));
    gpu(1)->set_power_limit(Watts(kUsers));
  }

  static std::vector<Variant> variants(int step) {
    std::vector<Variant> all;
    for (const bool is_after : {false, true}) {
      if (std::getenv("ZEUS_DAEMON_CRASHES") != nullptr) {
        for (int i = 0; i < 4; ++i) all.push_back({is_after, i % 2 == 0, i / 2 == 0});
      } else {
        all.push_back({is_after, (step % 2 == 0) == is_after, step % 3 == 0});
      }
    }
    return all;
  }

  // The story with a crash at step 1, 2, 3, … until it gets through.
  void crash_at_each_step(const std::function<void(Seen&)>& begin,
                          const std::function<void(Seen&)>& story) {
    int steps = 0;
    int crashes = 0;
    for (bool is_through = false; !is_through && !HasFailure(); ++steps) {
      ASSERT_LT(steps, kMostSteps);
      for (const Variant& variant : variants(steps + 1)) {
        Seen seen;
        begin(seen);
        if (start_to_crash(steps + 1, variant.is_after)) story(seen);
        const int code = zeusd_->end(SIGKILL);
        SCOPED_TRACE(crashed_at() + (variant.do_clients_live ? "clients live on" : "") +
                     (variant.is_foreign ? ", another program's limit" : ""));
        is_through = is_through || crashed_at().empty();
        EXPECT_EQ(code, crashed_at().empty() ? 0 : -SIGKILL) << zeusd_->log();
        expect_next_start_puts_right(seen, variant);
        crashes += crashed_at().empty() ? 0 : 1;
      }
    }
    std::cout << steps - 1 << " steps, killed " << crashes << " times\n";
    EXPECT_GT(steps, 60);
  }

  bool prior_persistence_ = false;
  std::jthread work_;
};

TEST_F(ZeusdCrashTest, at_each_step_leaves_nothing_that_the_next_start_does_not_put_right) {
  crash_at_each_step([](Seen&) {}, [this](Seen& seen) { tell_story(seen); });
}

TEST_F(ZeusdCrashTest, at_each_step_of_a_start_among_what_is_left_it_is_no_worse) {
  crash_at_each_step(
      [this](Seen& seen) {
        start();
        ClientProcess& holder = new_client(seen);
        ClientProcess& gone = new_client(seen);
        ASSERT_TRUE(is_done(holder.set_limit("0", 150000)));
        ASSERT_TRUE(is_done(gone.set_limit("1", 180000)));
        ASSERT_TRUE(is_done(
            holder.ask("POST", "/gpu/set_gpu_locked_clocks?block=true&gpu_ids=0" + kLowClock)));
        zeusd_->end(SIGKILL);
        gone.kill();
      },
      [this](Seen& seen) { tell_story_of_a_next_start(seen); });
}

}  // namespace
}  // namespace zeus::testing
