// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// guarded_job ENDING WATTS [GPU…]: a job for the guard's tests, which sets a power limit, says
// "ready" and ends, or waits to be ended. ZEUS_FORGET: a variable that it unsets once it has its
// GPUs.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "zeus/guard/prior_settings.h"
#include "zeus/log.h"
#include "zeus/machine.h"

namespace {

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

[[noreturn]] void wait_for_ever() {
  while (true) pause();
}

// All that a job does with limits: others, the user's, others again.
void go_through(zeus::PriorSettings& settings) {
  for (const double watts : {120.0, 130.0}) {
    for (std::size_t gpu = 0; gpu < settings.size(); ++gpu) {
      settings.set(gpu, {.power_limit = zeus::Watts(watts)});
    }
    for (const std::string& trouble : settings.restore()) say(trouble);
  }
  settings.set(0, {.power_limit = zeus::Watts(140)});
}

void end(const std::string& ending, zeus::PriorSettings& settings) {
  if (ending == "through") go_through(settings);
  if (ending == "wait") wait_for_ever();
  if (ending == "_exit") _exit(0);
  if (ending == "list") {  // the files that it has open
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      say(file.path().filename().string() + " " +
          std::filesystem::read_symlink(file.path(), ignored).string());
    }
  }
  if (ending == "exit") std::exit(0);  // NOLINT(concurrency-mt-unsafe)
  if (ending == "abort") std::abort();
  if (ending == "throw") throw std::runtime_error("nobody catches this");
  if (ending == "exec") execlp("sleep", "sleep", "30", nullptr);
  if (ending == "loop") {  // killed at any moment
    for (int i = 0;; ++i) {
      for (std::size_t gpu = 0; gpu < settings.size(); ++gpu) {
        settings.set(gpu, {.power_limit = zeus::Watts(120 + 10 * (i % 8))});
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string ending = argv[1];
  const bool leaves_children = ending.starts_with("children-");
  zeus::log_to_stderr();
  try {
    const zeus::Machine machine;
    if (const char* const name = std::getenv("ZEUS_FORGET")) unsetenv(name);
    std::vector<int> indices;
    for (int i = 3; i < argc; ++i) indices.push_back(std::atoi(argv[i]));
    zeus::PriorSettings settings(indices.empty() ? machine.gpus() : machine.gpus(indices));
    std::vector<std::size_t> all;
    for (std::size_t gpu = 0; gpu < settings.size(); ++gpu) all.push_back(gpu);
    const auto begin = std::chrono::steady_clock::now();
    settings.claim(all, std::getenv("ZEUS_GUARD_IS_OPTIONAL") == nullptr);
    const std::chrono::duration<double, std::milli> claimed =
        std::chrono::steady_clock::now() - begin;
    for (const std::size_t gpu : all) {
      settings.set(gpu, {.power_limit = zeus::Watts(std::atof(argv[2]))});
    }
    if (leaves_children) {
      for (int i = 0; i < 2; ++i) {
        if (fork() != 0) continue;
        std::this_thread::sleep_for(std::chrono::seconds(20));  // keeps all files of the job open
        _exit(0);
      }
      if (fork() == 0) std::exit(0);  // a worker that ends puts nothing back
      wait(nullptr);
    }
    say("ready " + std::to_string(claimed.count()));
    end(leaves_children ? ending.substr(std::strlen("children-")) : ending, settings);
    return 0;
  } catch (const std::runtime_error& error) {
    if (ending.ends_with("throw")) throw;
    say(std::string("refused: ") + error.what());
    return 1;
  }
}
