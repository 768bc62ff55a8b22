// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs in processes of their own, on simulated GPUs whose limits are looked at from here.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/paths.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace zeus::testing {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The tests and their compilers share few cores: a job may be kept waiting, a guard may not.
inline constexpr milliseconds kSoon{1000};
inline constexpr milliseconds kLate{20000};

inline bool comes_true(milliseconds patience, const std::function<bool()>& is_true) {
  const auto deadline = steady_clock::now() + patience;
  while (!is_true()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// A guarded_job in a process of its own; killed at destruction.
class Job {
 public:
  // `through`: a program that starts it, with its arguments.
  Job(const std::string& ending, int watts, const std::vector<int>& gpus = {},
      const std::vector<std::string>& through = {}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    std::vector<std::string> words = through;
    words.insert(words.end(), {ZEUS_GUARDED_JOB, ending, std::to_string(watts)});
    for (const int gpu : gpus) words.push_back(std::to_string(gpu));
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    end(SIGKILL);
    close(out_);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Its first line; empty where it ended without one.
  std::string answer() {
    std::string text;
    char letter = 0;
    pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
    while (poll(&ready, 1, static_cast<int>(kLate.count())) > 0 && read(out_, &letter, 1) == 1) {
      if (letter == '\n') break;
      text += letter;
    }
    return text;
  }

  void end(int signal) {
    if (pid_ <= 0) return;
    if (signal != 0) kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

class GuardedMachine : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);  // for the jobs and their guards
    simulator::load(ZEUS_SIMULATOR_DIR);
  }

  static simulator::SimulatedMachineOptions options(int gpus) {
    simulator::SimulatedMachineOptions options;
    options.gpus = gpus;
    options.virtual_clock = false;
    options.write_latency_ms = 2;
    return options;
  }

  void make(int gpus) {
    machine_.reset();
    simulated_.reset();  // or it would put the variables back that the next one sets
    simulated_ = std::make_unique<simulator::SimulatedMachine>(options(gpus));
    machine_ = std::make_unique<Machine>(MachineOptions{});
    journal_ = std::make_unique<SettingJournal>(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  }
  GuardedMachine() { make(2); }

  [[nodiscard]] const std::shared_ptr<Gpu>& gpu(std::size_t index) const {
    return machine_->all_gpus()[index];
  }
  [[nodiscard]] double limit(std::size_t index) const { return gpu(index)->power_limit().value(); }
  [[nodiscard]] bool all_are_at(double watts) const {
    for (std::size_t i = 0; i < machine_->all_gpus().size(); ++i) {
      if (limit(i) != watts) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t entries() const {
    std::vector<std::string> troubles;
    return journal_->read_all(troubles).size();
  }
  // The process that guards a GPU; 0: none.
  [[nodiscard]] pid_t guard_of(std::size_t index) const {
    if (!std::filesystem::exists(journal_->folder())) return 0;
    return GpuLock::open(journal_->lock_file(gpu(index)->info().uuid))
        ->other_holder(GpuLock::Part::kGuard)
        .value_or(0);
  }
  void expect_put_back() const {
    EXPECT_TRUE(comes_true(kSoon, [this] { return all_are_at(250); }))
        << limit(0) << " W, " << limit(1) << " W";
    EXPECT_TRUE(comes_true(kLate, [this] { return entries() == 0 && guard_of(0) == 0; }))
        << "the guard ends without a trace";
  }

  std::unique_ptr<simulator::SimulatedMachine> simulated_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<SettingJournal> journal_;
};

// A command of the shell's: what it prints, and its exit code on a line of its own.
inline std::string shell_says(const std::string& command) {
  std::FILE* const output = popen((command + "; echo $?").c_str(), "r");
  std::string text;
  for (int letter = std::fgetc(output); letter != EOF; letter = std::fgetc(output)) {
    text += static_cast<char>(letter);
  }
  pclose(output);
  return text;
}

inline std::string zeus_says(const std::string& command) {
  return shell_says(ZEUS_COMMAND " " + command + " 2>&1");
}

}  // namespace zeus::testing
