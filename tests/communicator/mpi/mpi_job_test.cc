// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Training jobs of 4 and 16 processes under mpirun, on one simulated machine in real time.
#include "tests/communicator/mpi/mpi_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"
#include "zeus/machine.h"

namespace zeus {
namespace {

using Json = nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kPriorLimit = 250;

class MpiJob : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { simulator::load(ZEUS_SIMULATOR_DIR); }

  int ranks() const { return GetParam(); }
  int last() const { return GetParam() - 1; }

  // Which ranks wrote a report, what the job came to and what is left of it on the GPUs.
  struct Result {
    testing::Outcome outcome;
    std::vector<int> reported;
    std::vector<Json> reports;

    std::vector<std::string> all(const char* key) const {
      std::vector<std::string> values;
      values.reserve(reports.size());
      for (const Json& report : reports) values.push_back(report.value(key, "nothing"));
      return values;
    }
  };

  Result run(const Json& job, const testing::Environment& environment = {}) {
    Result result;
    result.outcome = testing::run_mpi_job(
        ranks(), {ZEUS_MPI_TRAINING_RANK, folder_.path().string(), job.dump()}, environment);
    for (int rank = 0; rank < ranks(); ++rank) {
      const auto file = folder_ / ("rank" + std::to_string(rank) + ".json");
      if (!std::filesystem::exists(file)) continue;
      result.reported.push_back(rank);
      result.reports.push_back(Json::parse(testing::read_text(file)));
    }
    return result;
  }

  std::vector<double> limits() const {
    const Machine machine(MachineOptions{});
    std::vector<double> limits;
    for (const VisibleGpu& visible : machine.gpus()) {
      limits.push_back(visible.gpu->power_limit().value());
    }
    return limits;
  }

  void expect_sweep(const Result& result, int gpus) {
    expect_agreement(result, gpus);
    const Json& first = result.reports.front();
    EXPECT_EQ(first["measurements"].size(), 4U);
    EXPECT_EQ(first["power_limits"], Json({250.0, 200.0, 150.0, 100.0}));
  }

  void expect_agreement(const Result& result, int gpus) {
    ASSERT_EQ(result.outcome.status, 0) << result.outcome.err;
    ASSERT_EQ(result.reports.size(), static_cast<std::size_t>(ranks()));
    EXPECT_THAT(result.all("error"), Each("")) << result.outcome.err;
    EXPECT_THAT(result.all("state"), Each("Done")) << result.outcome.err;
    const Json& first = result.reports.front();
    for (const Json& report : result.reports) {
      EXPECT_EQ(report["power_limits"], first["power_limits"]);
      EXPECT_EQ(report["measurements"], first["measurements"]);
      EXPECT_EQ(report["optimum"], first["optimum"]);
      EXPECT_EQ(report["limit_at_end"], first["optimum"]);
      EXPECT_EQ(report["gpu_count"], gpus);
    }
    expect_energy_of(gpus, first["measurements"]);
    EXPECT_THAT(limits(), Each(kPriorLimit));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "profile-of-rank0.json"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "profile-of-rank1.json"));
  }

  // No GPU draws more than its limit, so that one counted twice would show.
  static void expect_energy_of(int gpus, const Json& measurements) {
    for (const Json& point : measurements) {
      const double limit = point[0];
      const double energy = point[1];
      const double time = point[2];
      EXPECT_LE(energy, limit * gpus * time * 1.01) << point;
      EXPECT_GT(energy, 0) << point;
    }
  }

  static simulator::SimulatedMachine simulated_machine(int gpus) {
    simulator::SimulatedMachineOptions options;
    options.gpus = gpus;
    options.virtual_clock = false;  // processes share no virtual time
    options.prior_limit_w = kPriorLimit;
    options.step_seconds = 0.005;
    return simulator::SimulatedMachine(options);
  }

  testing::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Of, MpiJob, ::testing::Values(4, 16),
                         [](const auto& one) { return std::to_string(one.param) + "_ranks"; });

TEST_P(MpiJob, agrees_on_a_limit) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  expect_sweep(run({{"steps", {52}}}), ranks());
}

TEST_P(MpiJob, agrees_where_epochs_have_51_steps_on_some_ranks_and_52_on_others) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  expect_sweep(run({{"steps", {51, 52}}}), ranks());
}

// Probes end where each rank is sure of its figures, and rank 0 decides as it goes.
TEST_P(MpiJob, agrees_where_the_search_is_adaptive) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  const Result result = run({{"is_adaptive", true}, {"epochs", 400}, {"steps", {51, 52}}});
  expect_agreement(result, ranks());
  ASSERT_FALSE(result.reports.empty());
  const auto probes = result.reports.front()["measurements"].size();
  EXPECT_GE(probes, 2U);
  EXPECT_LE(probes, 12U) << "as many as the search may take where 16 ranks share two cores";
}

TEST_P(MpiJob, agrees_over_tcp) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  expect_sweep(run(Json::object(), {{"OMPI_MCA_btl", "tcp,self"}}), ranks());
}

TEST_P(MpiJob, writes_and_counts_a_gpu_that_several_ranks_monitor_once) {
  const int gpus = ranks() / 2;
  const simulator::SimulatedMachine simulated = simulated_machine(gpus);
  std::vector<int> all(static_cast<std::size_t>(gpus));
  for (int index = 0; index < gpus; ++index) all[static_cast<std::size_t>(index)] = index;
  // Had another rank written before the late one looked, its first limit would not be 250 W. Did
  // two ranks write one GPU, each would find the other's limit and stop.
  expect_sweep(run({{"gpus", all}, {"gpu_count", gpus}, {"late", last()}}), gpus);
}

TEST_P(MpiJob, fails_alike_where_one_rank_may_not_set_limits) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  Json forbidden = Json::parse(testing::read_text(simulated.scenario()));
  forbidden["faults"] = {{{"function", "nvmlDeviceSetPowerManagementLimit"}, {"code", 4}}};
  const auto file = folder_ / "forbidden.json";
  testing::write_text(file, forbidden.dump());
  const Result result = run({{"forbidden", file.string()}, {"forbidden_rank", 2}});
  EXPECT_EQ(result.outcome.status, 0) << result.outcome.err;
  ASSERT_EQ(result.reports.size(), static_cast<std::size_t>(ranks()));
  EXPECT_THAT(result.all("error"), Each(result.all("error").front()));
  EXPECT_THAT(result.all("error").front(), ::testing::StartsWith("rank 2: "));
  EXPECT_THAT(result.all("error").front(), HasSubstr("power limit"));
  EXPECT_THAT(limits(), Each(kPriorLimit));
}

TEST_P(MpiJob, hears_of_a_bad_parameter_on_one_rank_at_once_and_may_try_again) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  const auto begin = std::chrono::steady_clock::now();
  const Result result = run({{"invalid", 2}, {"timeout", 600}});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(300));
  expect_sweep(result, ranks());
  EXPECT_THAT(result.all("first_error"), Each("rank 2: profile_steps must be at least 1, got 0"));
}

TEST_P(MpiJob, fails_alike_where_one_rank_never_constructs) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  const Result result = run({{"absent", last()}, {"timeout", 3}});
  EXPECT_EQ(result.outcome.status, 0) << result.outcome.err;
  ASSERT_EQ(result.reports.size(), static_cast<std::size_t>(ranks()));
  std::vector<std::string> errors = result.all("error");
  EXPECT_EQ(errors.back(), "");  // it didn't want to
  errors.pop_back();
  EXPECT_THAT(errors, Each("rank " + std::to_string(last()) +
                           " did not construct the power limit optimizer within 3 s; see whether "
                           "it has failed before, or wait longer"));
  EXPECT_THAT(limits(), Each(kPriorLimit));
}

// Open MPI would end the whole job; here it is told not to.
TEST_P(MpiJob, trains_on_at_its_prior_limits_where_a_rank_was_killed) {
  for (const int killed : {2, 0}) {
    const simulator::SimulatedMachine simulated = simulated_machine(ranks());
    const Result result =
        run({{"killed", killed}, {"epochs", 5}}, {{"OMPI_MCA_orte_enable_recovery", "1"}});
    EXPECT_EQ(result.outcome.status, 0) << "a job that hangs is killed: 137";
    ASSERT_EQ(result.reports.size(), static_cast<std::size_t>(last())) << result.outcome.err;
    EXPECT_EQ(std::ranges::count(result.reported, killed), 0);
    EXPECT_THAT(result.all("error"), Each(""));
    EXPECT_THAT(result.all("state"), Each("Waiting"));
    for (const Json& report : result.reports) {
      EXPECT_EQ(report["limit_at_end"], kPriorLimit);
      EXPECT_EQ(report["steps"], 5 * 52);
    }
    std::vector<double> left = limits();
    left.erase(left.begin() + killed);
    EXPECT_THAT(left, Each(kPriorLimit));
    for (const int rank : result.reported) {
      std::filesystem::remove(folder_ / ("rank" + std::to_string(rank) + ".json"));
    }
    std::filesystem::remove(folder_ / "profile-of-rank0.json.partial");
  }
}

// By default mpirun sends the living SIGTERM when one is killed, and SIGKILL a second later.
TEST_P(MpiJob, puts_limits_back_where_mpirun_ends_it_and_the_program_catches_sigterm) {
  const simulator::SimulatedMachine simulated = simulated_machine(ranks());
  const Result result = run({{"killed", 2}, {"epochs", 2000}, {"is_in_step", true}});
  EXPECT_NE(result.outcome.status, 0);
  ASSERT_EQ(result.reports.size(), static_cast<std::size_t>(last())) << result.outcome.err;
  for (const Json& report : result.reports) EXPECT_EQ(report["interrupted"], true);
  std::vector<double> left = limits();
  left.erase(left.begin() + 2);
  EXPECT_THAT(left, Each(kPriorLimit));
}

}  // namespace
}  // namespace zeus
