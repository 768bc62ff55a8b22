// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One rank of a training job on the simulated driver, which writes what it found into
// FOLDER/rank<n>.json: training_rank FOLDER JSON. The JSON object's keys are Job's members.
#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "simulator/api/simulator.h"
#include "zeus/communicator/mpi_communicator.h"
#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace {

using Json = nlohmann::json;

volatile std::sig_atomic_t interrupted = 0;

struct Job {
  std::vector<int> steps{52};  // an epoch, by rank, over and over
  int epochs = 40;             // at most: training ends when the best limit is known
  std::vector<int> gpus;       // that each rank monitors; empty: its own alone
  int gpu_count = 0;           // of the machine, where ranks share; 0: one a rank
  double timeout = 60;         // of construction
  std::optional<int> absent;   // the rank that never constructs
  std::optional<int> late;     // the rank that constructs half a second after the others
  bool is_in_step = false;     // ranks wait for each other in each step, as with gradients
  std::optional<int> killed;   // the rank that is killed at its 61st step
  std::string forbidden;       // the scenario of a rank that may not set limits
  std::optional<int> forbidden_rank;
  bool is_adaptive = false;
  std::optional<int> invalid;  // the rank that has a bad parameter at first; then all try again
};

std::optional<int> rank_of(const Json& json, const char* key) {
  return json.contains(key) ? std::optional(json.at(key).get<int>()) : std::nullopt;
}

Job parse(const std::string& text) {
  const Json json = Json::parse(text);
  Job job;
  job.steps = json.value("steps", job.steps);
  job.epochs = json.value("epochs", job.epochs);
  job.gpus = json.value("gpus", job.gpus);
  job.gpu_count = json.value("gpu_count", job.gpu_count);
  job.timeout = json.value("timeout", job.timeout);
  job.is_in_step = json.value("is_in_step", job.is_in_step);
  job.is_adaptive = json.value("is_adaptive", job.is_adaptive);
  job.absent = rank_of(json, "absent");
  job.late = rank_of(json, "late");
  job.killed = rank_of(json, "killed");
  job.invalid = rank_of(json, "invalid");
  job.forbidden = json.value("forbidden", job.forbidden);
  job.forbidden_rank = rank_of(json, "forbidden_rank");
  return job;
}

const char* name_of(const zeus::OptimizerState& state) {
  constexpr const char* kNames[] = {"Ready", "Warmup", "Profiling", "Waiting", "Done", "Stopped"};
  return kNames[state.index()];
}

class Rank {
 public:
  Rank(std::filesystem::path folder, Job job) : folder_(std::move(folder)), job_(std::move(job)) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  }

  void run() {
    if (job_.forbidden_rank == rank_) setenv("ZEUS_SIMULATOR", job_.forbidden.c_str(), 1);
    simulator::load(ZEUS_SIMULATOR_DIR);
    const auto ranks = zeus::MpiCommunicator::join();
    report_["local_rank"] = ranks->local_rank();
    const int own = job_.gpu_count > 0 ? ranks->local_rank() % job_.gpu_count : ranks->local_rank();
    if (job_.absent == rank_) {
      MPI_Barrier(MPI_COMM_WORLD);
      return;
    }
    // For others to do wrong in: too short a pause can't fail the test.
    if (job_.late == rank_) std::this_thread::sleep_for(std::chrono::milliseconds(500));

    const zeus::Machine machine;
    zeus::ZeusMonitor monitor(machine.gpus(job_.gpus.empty() ? std::vector{own} : job_.gpus));
    zeus::GlobalPowerLimitOptimizerOptions options;
    options.warmup_steps = 2;
    options.profile_steps = 20;
    options.pl_step = zeus::Watts(50);
    options.profile_path = folder_ / ("profile-of-rank" + std::to_string(rank_) + ".json");
    options.communicator = ranks;
    if (job_.is_adaptive) {
      options.search = zeus::SearchKind::kAdaptive;
      options.wanted_error = 0.02;
    }
    options.local_gpu_index = own;
    options.construction_timeout = zeus::Seconds(job_.timeout);
    // The time limit counts from here, not from when a rank's process started.
    if (job_.absent) MPI_Barrier(MPI_COMM_WORLD);
    if (job_.invalid) {
      zeus::GlobalPowerLimitOptimizerOptions invalid = options;
      if (*job_.invalid == rank_) invalid.profile_steps = 0;
      try {
        const zeus::GlobalPowerLimitOptimizer fails(monitor, invalid);
      } catch (const zeus::ZeusBaseError& error) {
        report_["first_error"] = error.what();
      }
    }
    zeus::GlobalPowerLimitOptimizer optimizer(monitor, options);
    for (const zeus::Watts limit : optimizer.power_limits()) {
      report_["power_limits"].push_back(limit.value());
    }
    train(optimizer, own);
    report_on(optimizer);
  }

  [[nodiscard]] bool has_lost_one() const { return job_.killed.has_value(); }

  void write(const std::string& error) {
    report_["error"] = error;
    std::ofstream(folder_ / ("rank" + std::to_string(rank_) + ".json")) << report_.dump();
  }

 private:
  void train(zeus::GlobalPowerLimitOptimizer& optimizer, int gpu) {
    int steps = 0;
    const int length = job_.steps[static_cast<std::size_t>(rank_) % job_.steps.size()];
    for (int epoch = 0; epoch < job_.epochs && !is_over(optimizer); ++epoch) {
      optimizer.on_epoch_begin();
      for (int step = 0; step < length && !is_over(optimizer); ++step, ++steps) {
        if (job_.killed == rank_ && steps == 60) raise(SIGKILL);
        optimizer.on_step_begin();
        simulator::step(static_cast<unsigned>(gpu));
        if (job_.is_in_step) exchange_gradients();
        optimizer.on_step_end();
      }
      optimizer.on_epoch_end();
    }
    report_["steps"] = steps;
    report_["interrupted"] = interrupted != 0;
    report_["limit_at_end"] = optimizer.current_power_limit().value();
  }

  // Like a program that leaves it when it is told to end.
  static void exchange_gradients() {
    static double gradients = 1;  // static: an exchange that is left goes on
    static MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallreduce(MPI_IN_PLACE, &gradients, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD, &request);
    for (int is_done = 0; is_done == 0 && interrupted == 0;) {
      MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
    }
  }

  static bool is_over(const zeus::GlobalPowerLimitOptimizer& optimizer) {
    return interrupted != 0 || std::holds_alternative<zeus::Done>(optimizer.state());
  }

  void report_on(zeus::GlobalPowerLimitOptimizer& optimizer) {
    report_["state"] = name_of(optimizer.state());
    if (const auto* done = std::get_if<zeus::Done>(&optimizer.state())) {
      report_["optimum"] = done->optimal_power_limit.value();
    }
    report_["gpu_count"] = optimizer.gpu_count();
    report_["measurements"] = Json::array();
    for (const zeus::PowerLimitMeasurement& point : optimizer.measurements()) {
      report_["measurements"].push_back(
          {point.power_limit.value(), point.energy.value(), point.time.value()});
    }
  }

  std::filesystem::path folder_;
  Job job_;
  int rank_ = 0;
  Json report_;
};

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  zeus::log_to_stderr(zeus::LogLevel::kWarning);
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  Rank rank(argv[1], parse(argv[2]));
  try {
    rank.run();
    rank.write("");
  } catch (const zeus::ZeusBaseError& error) {
    rank.write(error.what());
  }
  if (interrupted != 0) MPI_Abort(MPI_COMM_WORLD, 1);
  // Open MPI 4.1 may await a dead rank in MPI_Finalize.
  if (rank.has_lost_one()) std::_Exit(0);
  MPI_Finalize();
}
