// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/api/simulator.h"

#include <dlfcn.h>

#include <cmath>
#include <string>

#include "simulator/api/zeus_simulator.h"
#include "zeus/error.h"

namespace simulator {
namespace {

constexpr const char* kDriver = "libnvidia-ml.so.1";

// dlerror() tells why the last call failed, and only then.
std::string last_error() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
  return text != nullptr ? text : "unknown error";
}

void* open_driver(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW);
  if (library == nullptr) {
    throw zeus::ZeusGPUInitError("the simulated driver cannot be loaded: " + last_error());
  }
  return library;
}

template <class Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) {
    throw zeus::ZeusGPUInitError(std::string(kDriver) + " is not the simulated driver: it has no " +
                                 name);
  }
}

struct Symbols {
  Symbols() {
    void* const library = open_driver(kDriver);
    find(library, "zeus_sim_step", step);
    find(library, "zeus_sim_truth", truth);
    find(library, "zeus_sim_clock_monotonic_ns", monotonic_ns);
    find(library, "zeus_sim_clock_unix_ns", unix_ns);
    find(library, "zeus_sim_clock_sleep_until_ns", sleep_until_ns);
    find(library, "zeus_sim_clock_wake", wake);
  }

  decltype(zeus_sim_step)* step = nullptr;
  decltype(zeus_sim_truth)* truth = nullptr;
  decltype(zeus_sim_clock_monotonic_ns)* monotonic_ns = nullptr;
  decltype(zeus_sim_clock_unix_ns)* unix_ns = nullptr;
  decltype(zeus_sim_clock_sleep_until_ns)* sleep_until_ns = nullptr;
  decltype(zeus_sim_clock_wake)* wake = nullptr;
};

const Symbols& symbols() {
  static const Symbols found;
  return found;
}

void check(int code, const char* call) {
  if (code == 0) return;
  if (code == 2) {
    throw zeus::ZeusValueError(std::string(call) + ": no such GPU, or one named twice");
  }
  if (code == 15) throw zeus::ZeusGPULostError(std::string(call) + ": a GPU is lost", code, call);
  throw zeus::ZeusGPUUnknownError(std::string(call) + ": the simulated machine cannot be used",
                                  code, call);
}

zeus::Seconds checked_time(long long ns, const char* call) {
  if (ns < 0) check(999, call);
  return zeus::Seconds(static_cast<double>(ns) / 1e9);
}

}  // namespace

void load(const std::filesystem::path& folder) {
  open_driver(folder / kDriver);
  symbols();
}

bool is_loaded() {
  void* const library = dlopen(kDriver, RTLD_NOW | RTLD_NOLOAD);
  return library != nullptr && dlsym(library, "zeus_sim_truth") != nullptr;
}

void step(std::span<const unsigned> gpus) {
  check(symbols().step(gpus.data(), static_cast<unsigned>(gpus.size())), "zeus_sim_step");
}

Truth truth(unsigned gpu) {
  zeus_sim_truth_t raw{};
  check(symbols().truth(gpu, &raw), "zeus_sim_truth");
  return {.energy = zeus::Joules(raw.energy_j),
          .elapsed = zeus::Seconds(raw.elapsed_s),
          .busy = zeus::Seconds(raw.busy_s),
          .power = zeus::Watts(raw.watts),
          .steps = raw.steps};
}

SimulatorClock::SimulatorClock() { symbols(); }

zeus::Seconds SimulatorClock::monotonic() const {
  return checked_time(symbols().monotonic_ns(), "zeus_sim_clock_monotonic_ns");
}

zeus::Seconds SimulatorClock::unix_time() const {
  return checked_time(symbols().unix_ns(), "zeus_sim_clock_unix_ns");
}

void SimulatorClock::sleep_until(zeus::Seconds deadline, std::stop_token stop) {
  // Up: monotonic() must not still be short of the deadline.
  const auto deadline_ns = static_cast<long long>(std::ceil(deadline.value() * 1e9));
  if (!stop.stop_possible()) {
    check(symbols().sleep_until_ns(deadline_ns, nullptr), "zeus_sim_clock_sleep_until_ns");
    return;
  }
  int flag = 0;
  const std::stop_callback raise(stop, [&flag] {
    __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
    symbols().wake();
  });
  check(symbols().sleep_until_ns(deadline_ns, &flag), "zeus_sim_clock_sleep_until_ns");
}

}  // namespace simulator
