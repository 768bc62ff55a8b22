// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A day of training on stub GPUs and a virtual clock, in which what happens is drawn by chance:
// jobs of one to three ranks that end in order or not, are restarted, pause, are interrupted, fall
// silent, change their batch size, lose a rank; drivers that fail now and then; other programs that
// set limits. Whatever comes: no GPU is left with a limit that is not its user's, and no figure of
// one setting stands for another. The seed is printed; ZEUS_TEST_SEED repeats one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/captured_log.h"
#include "tests/communicator/thread_communicator.h"
#include "tests/optimizer/training.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

constexpr int kSteps = 5;  // measured, a limit
constexpr Seconds kDay{24 * 3600.0};

// The machine: it outlives the jobs.
struct Node {
  explicit Node(int gpu_count) {
    for (int i = 0; i < gpu_count; ++i) {
      stubs.push_back(std::make_shared<StubGpu>(v100_info(i)));
      users_limit.emplace_back(250);
    }
  }

  // One rank's view of it: GPU `i` alone.
  [[nodiscard]] std::unique_ptr<Training> training(int i, double scale) const {
    StubGpus one(0);
    one.stubs.push_back(stubs[static_cast<std::size_t>(i)]);
    one.visible.push_back({.index = 0, .gpu = one.stubs[0]});
    auto made = std::make_unique<Training>(std::move(one));
    made->step_time = [scale](Watts limit) { return Seconds(scale * (0.5 + 50 / limit.value())); };
    return made;
  }

  std::vector<std::shared_ptr<StubGpu>> stubs;
  std::vector<Watts> users_limit;  // what must be there when no job runs
};

class LongRun {
 public:
  explicit LongRun(std::uint64_t seed) : random_(seed) {}

  void run() {
    Seconds passed;
    while (passed < kDay) passed += run_job();
    std::cout << jobs_ << " jobs, " << steps_ << " steps, " << done_ << " searches finished, "
              << points_ << " figures checked, " << foreign_ << " foreign limits, " << dead_
              << " ranks lost, " << interrupted_ << " steps interrupted, " << silences_
              << " silences, " << restarts_ << " changes of the batch size, " << drifts_
              << " drifts, " << profiled_again() << " times profiled again, " << failures_
              << " driver failures\n";
    EXPECT_GT(done_, 10);
    EXPECT_GT(points_, 100);
  }

 private:
  [[nodiscard]] std::ptrdiff_t profiled_again() const {
    return std::ranges::count_if(log_.lines(), [](const CapturedLog::Line& line) {
      return line.text.ends_with(": profiling it again.");
    });
  }

  struct Rank {
    std::unique_ptr<Training> training;
    std::optional<GlobalPowerLimitOptimizer> optimizer;
    Watts ceiling{};
    bool is_lost = false;
  };

  // In a calm job, which is long enough to drift, little else happens.
  bool mishap(double probability) { return chance(is_calm_ ? probability / 20 : probability); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  int between(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  using Options = GlobalPowerLimitOptimizerOptions;

  Options options(const std::shared_ptr<ThreadWorld>& world, int rank) {
    Options made;
    made.optimum_selector = std::make_shared<Energy>();
    made.warmup_steps = 2;
    made.profile_steps = kSteps;
    made.pl_step = Watts(40);
    made.construction_timeout = Seconds(30);
    if (world) made.communicator = world->rank(rank);
    if (has_profile_) made.profile_path = folder_ / "profile.json";
    made.retune_on_drift = watches_drift_;
    made.drift_interval = Seconds(60);
    return made;
  }

  // Returns how long it took.
  Seconds run_job() {
    ++jobs_;
    scale_ = batch_scale();
    pace_ = pace_before_ = 1.0;
    has_profile_ = chance(0.7);
    watches_drift_ = chance(0.5);
    if (chance(0.3)) std::filesystem::remove(folder_ / "profile.json");
    const int size = between(1, 3);
    forget_profile_of_another_job(size);
    std::vector<Rank> ranks = construct(size);
    is_calm_ = watches_drift_ && chance(0.15);
    const int epochs = is_calm_ ? between(80, 160) : between(1, 25);
    for (int epoch = 0; epoch < epochs; ++epoch) run_epoch(ranks);
    Seconds longest;
    for (Rank& rank : ranks) longest = std::max(longest, end(rank));
    expect_users_limits();
    return longest;
  }

  double batch_scale() { return chance(0.5) ? 1.0 : 0.5; }

  // A profile file doesn't say what the batch size and the GPUs' own ceilings were: for others the
  // user takes another file.
  void forget_profile_of_another_job(int size) {
    std::vector<double> job{scale_};
    for (int i = 0; i < size; ++i) {
      job.push_back(node_.users_limit[static_cast<std::size_t>(i)].value());
    }
    if (job != profiled_job_) {
      std::filesystem::remove(folder_ / "profile.json");
      std::filesystem::remove(folder_ / "profile.json.partial");
    }
    profiled_job_ = job;
  }

  std::vector<Rank> construct(int size) {
    std::vector<Rank> ranks(static_cast<std::size_t>(size));
    const auto world = size > 1 ? ThreadWorld::of(size) : nullptr;
    std::vector<std::jthread> threads;
    for (int i = 0; i < size; ++i) {
      Rank& rank = ranks[static_cast<std::size_t>(i)];
      rank.training = node_.training(i, scale_);
      rank.ceiling = node_.users_limit[static_cast<std::size_t>(i)];
      const Options with = options(world, i);
      threads.emplace_back([&rank, with] {
        try {
          rank.optimizer.emplace(rank.training->monitor, with);
        } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch): it is drawn by chance
        }
      });
    }
    threads.clear();
    for (Rank& rank : ranks) {
      if (rank.optimizer) rank.optimizer->on_batch_size(static_cast<int>(scale_ * 8));
    }
    return ranks;
  }

  void run_epoch(std::vector<Rank>& ranks) {
    if (mishap(0.02)) change_batch_size(ranks);
    if (watches_drift_ && chance(0.03) && all_are_done(ranks)) change_pace(ranks);
    const int steps = between(1, 60);
    for_each_alive(ranks, [](Rank& rank) { rank.optimizer->on_epoch_begin(); });
    for (int step = 0; step < steps; ++step) {
      for_each_alive(ranks, [&](Rank& rank) { run_step(rank); });
      if (mishap(0.002) && ranks.size() > 1) {
        ranks[static_cast<std::size_t>(between(0, static_cast<int>(ranks.size()) - 1))].is_lost =
            true;
        ++dead_;
      }
      if (mishap(0.002)) write_foreign_limit();
      if (mishap(0.002)) fail_once();
    }
    for_each_alive(ranks, [&](Rank& rank) {
      rank.optimizer->on_epoch_end();
      if (chance(0.2)) rank.training->clock->advance(Seconds(between(1, 300)));  // an evaluation
      check_figures(ranks, rank);
    });
  }

  template <class Work>
  static void for_each_alive(std::vector<Rank>& ranks, Work work) {
    for (Rank& rank : ranks) {
      if (!rank.is_lost && rank.optimizer) work(rank);
    }
  }

  void run_step(Rank& rank) {
    ++steps_;
    if (mishap(0.003)) {
      ++interrupted_;
      rank.optimizer->on_step_begin();
      rank.training->clock->advance(Seconds(between(0, 100)));
      if (chance(0.3)) rank.optimizer->on_train_interrupted();
      if (chance(0.5)) rank.optimizer->on_train_begin();
    }
    rank.training->step(*rank.optimizer);
    if (chance(0.005)) {
      rank.optimizer->on_pause();
      rank.training->clock->advance(Seconds(between(0, 100)));
    }
    if (mishap(0.001)) {  // the loop was left, and is entered again
      ++silences_;
      rank.optimizer->on_pause();
      rank.training->clock->advance(Seconds(between(40, 2000)));
    }
  }

  void change_batch_size(std::vector<Rank>& ranks) {
    ++restarts_;
    scale_ = scale_ == 1.0 ? 0.5 : 1.0;
    pace_before_ = pace_;
    set_step_times(ranks);
    for_each_alive(ranks, [&](Rank& rank) {
      rank.optimizer->on_train_begin();
      rank.optimizer->on_batch_size(static_cast<int>(scale_ * 8));
    });
    profiled_job_.clear();  // what is saved from now on is another's
  }

  void set_step_times(std::vector<Rank>& ranks) {
    for_each_alive(ranks, [scale = scale_ * pace_](Rank& rank) {
      rank.training->step_time = [scale](Watts limit) {
        return Seconds(scale * (0.5 + 50 / limit.value()));
      };
    });
  }

  static bool all_are_done(std::vector<Rank>& ranks) {
    bool all = true;
    for_each_alive(ranks, [&all](Rank& rank) {
      all = all && std::holds_alternative<Done>(rank.optimizer->state());
    });
    return all;
  }

  // Nobody reports it.
  void change_pace(std::vector<Rank>& ranks) {
    ++drifts_;
    pace_before_ = std::exchange(pace_, pace_ == 1.0 ? 1.4 : 1.0);
    set_step_times(ranks);
    profiled_job_.clear();  // what is saved from now on is another's
  }

  void write_foreign_limit() {
    ++foreign_;
    const auto i = static_cast<std::size_t>(between(0, 2));
    const Watts limit(between(120, 249) + 0.25);  // the search never tries it
    node_.stubs[i]->set_limit_from_outside(limit);
    node_.users_limit[i] = limit;
  }

  void fail_once() {
    ++failures_;
    static constexpr std::array kCalls = {GpuCall::kPowerLimit, GpuCall::kSetPowerLimit,
                                          GpuCall::kTotalEnergy, GpuCall::kEnforcedPowerLimit};
    node_.stubs[static_cast<std::size_t>(between(0, 2))]->fail<ZeusGPUTimeoutError>(
        kCalls.at(static_cast<std::size_t>(between(0, 3))), between(0, 5), 1);
  }

  void check_figures(const std::vector<Rank>& ranks, const Rank& seen_by) {
    if (std::holds_alternative<Stopped>(seen_by.optimizer->state())) return;  // it looks no more
    // A drift takes minutes to be found; then all figures are new.
    const bool is_old = !seen_by.optimizer->measurements().empty() && pace_ != pace_before_ &&
                        !is_of(seen_by.optimizer->measurements().front(), ranks, pace_);
    for (const PowerLimitMeasurement& point : seen_by.optimizer->measurements()) {
      ++points_;
      ASSERT_TRUE(is_of(point, ranks, is_old ? pace_before_ : pace_))
          << point.power_limit.value() << " W: " << point.time.value() << " s, "
          << point.energy.value() << " J";
    }
  }

  // A GPU whose user allows less than the probed limit runs at what its user allows.
  [[nodiscard]] bool is_of(const PowerLimitMeasurement& point, const std::vector<Rank>& ranks,
                           double pace) const {
    Seconds slowest;
    Joules energy;
    for (const Rank& rank : ranks) {
      const Watts limit = std::min(point.power_limit, rank.ceiling);
      const Seconds time = kSteps * Seconds(scale_ * pace * (0.5 + 50 / limit.value()));
      slowest = std::max(slowest, time);
      energy += rank.training->power(limit) * time;
    }
    // A counter that fails once is read again some milliseconds later.
    return std::abs((point.time - slowest).value()) <= 0.02 &&
           std::abs((point.energy - energy).value()) <= 0.02 * 250;
  }

  Seconds end(Rank& rank) {
    if (rank.optimizer) {
      if (std::holds_alternative<Done>(rank.optimizer->state())) ++done_;
      if (chance(0.4) && !rank.is_lost) rank.optimizer->on_train_end();
    }
    rank.optimizer.reset();
    return rank.training->clock->monotonic() - Seconds(100);
  }

  void expect_users_limits() {
    for (std::size_t i = 0; i < node_.stubs.size(); ++i) {
      node_.stubs[i]->heal();
      ASSERT_EQ(node_.stubs[i]->limit_now(), node_.users_limit[i])
          << "GPU " << i << ", job " << jobs_;
      if (chance(0.3)) {  // the operator puts it right
        node_.stubs[i]->set_limit_from_outside(Watts(250));
        node_.users_limit[i] = Watts(250);
      }
    }
  }

  std::mt19937_64 random_;
  Node node_{3};
  CapturedLog log_;  // keeps it from standard error
  TemporaryFolder folder_;
  bool has_profile_ = false;
  bool watches_drift_ = false;
  bool is_calm_ = false;
  double pace_ = 1.0;         // how much longer steps take than when the job began
  double pace_before_ = 1.0;  // and before the last change
  double scale_ = 1.0;
  std::vector<double> profiled_job_;  // batch size and ceilings
  int jobs_ = 0, steps_ = 0, done_ = 0, points_ = 0, foreign_ = 0, dead_ = 0, interrupted_ = 0,
      silences_ = 0, restarts_ = 0, drifts_ = 0, failures_ = 0;
};

class LongRuns : public ::testing::TestWithParam<int> {};

TEST_P(LongRuns, a_day_of_mishaps_leaves_every_limit_the_users_and_every_figure_true) {
  const char* const given = std::getenv("ZEUS_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "ZEUS_TEST_SEED=" << seed << "\n";
  LongRun(seed).run();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LongRuns, ::testing::Range(0, 3));

}  // namespace
}  // namespace zeus::testing
