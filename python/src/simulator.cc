// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulated driver: the machine, the training step, the clock and the ground truth.
#include "simulator/api/simulator.h"

#include <dlfcn.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <stop_token>
#include <string>
#include <tuple>

#include "python/src/bindings.h"
#include "python/src/driver_clock.h"
#include "python/src/gil.h"
#include "simulator/api/simulated_machine.h"

namespace zeus::python {
namespace {

// Whether some part of this process holds a session with the driver.
bool driver_is_open() {
  constexpr int kUninitialized = 1;
  // Already loaded or nothing. Stays loaded: a driver library must not be closed.
  void* const driver = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (driver == nullptr) return false;
  using DeviceCount = int(unsigned*);
  auto* const device_count = reinterpret_cast<DeviceCount*>(dlsym(driver, "nvmlDeviceGetCount_v2"));
  unsigned count = 0;
  return device_count != nullptr && device_count(&count) != kUninitialized;
}

void sleep(double seconds) {
  simulator::SimulatorClock clock;
  clock.sleep_until(clock.monotonic() + Seconds(seconds), std::stop_token());
}

}  // namespace

std::shared_ptr<Clock> driver_clock() {
  if (!simulator::is_loaded()) return system_clock();
  return std::make_shared<simulator::SimulatorClock>();
}

void init_simulator(nb::module_& module) {
  nb::class_<simulator::SimulatedMachine>(
      module, "SimulatedMachine",
      "A scenario and a state file for the simulated driver, in the environment while it lives.")
      .def(
          "__init__",
          [](simulator::SimulatedMachine* simulated, const std::string& model, int gpus,
             bool virtual_clock, unsigned seed, double time_noise, double power_noise,
             double read_latency_ms, double write_latency_ms, double settling_ms,
             std::optional<double> tick_ms, std::optional<double> prior_limit_w,
             const std::optional<std::string>& workload, std::optional<double> step_seconds,
             const std::string& json) {
            simulator::SimulatedMachineOptions options;
            options.model = model;
            options.gpus = gpus;
            options.virtual_clock = virtual_clock;
            options.seed = seed;
            options.time_noise = time_noise;
            options.power_noise = power_noise;
            options.read_latency_ms = read_latency_ms;
            options.write_latency_ms = write_latency_ms;
            options.settling_ms = settling_ms;
            options.tick_ms = tick_ms;
            options.prior_limit_w = prior_limit_w;
            options.workload = workload;
            options.step_seconds = step_seconds;
            options.json = json;
            new (simulated) simulator::SimulatedMachine(options);
          },
          nb::kw_only(), nb::arg("model"), nb::arg("gpus"), nb::arg("virtual_clock"),
          nb::arg("seed"), nb::arg("time_noise"), nb::arg("power_noise"),
          nb::arg("read_latency_ms"), nb::arg("write_latency_ms"), nb::arg("settling_ms"),
          nb::arg("tick_ms").none(), nb::arg("prior_limit_w").none(), nb::arg("workload").none(),
          nb::arg("step_seconds").none(), nb::arg("json"))
      .def_prop_ro("scenario",
                   [](const simulator::SimulatedMachine& simulated) {
                     return simulated.scenario().string();
                   })
      .def_prop_ro("state", [](const simulator::SimulatedMachine& simulated) {
        return simulated.state().string();
      });

  module.def(
      "load_simulator", [](const std::string& folder) { simulator::load(folder); },
      nb::arg("folder"), "Loads the simulated driver from a folder, before any other driver.");
  module.def("driver_is_open", &driver_is_open,
             "Whether something in this process holds a session with the GPU driver.");
  module.def("driver_is_simulated", &simulator::is_loaded,
             "Whether the GPU driver that is loaded is the simulated one.");
  module.def(
      "simulator_step", [](const std::vector<unsigned>& gpus) { simulator::step(gpus); },
      nb::arg("gpus"), WithoutGil(), "One training step on these GPUs; blocks until it is done.");
  module.def(
      "simulator_truth",
      [](unsigned gpu) {
        const simulator::Truth truth = simulator::truth(gpu);
        return std::tuple(truth.energy.value(), truth.elapsed.value(), truth.busy.value(),
                          truth.power.value(), truth.steps);
      },
      nb::arg("gpu"), "(energy in J, elapsed in s, busy in s, power in W, steps) of a GPU.");
  module.def(
      "simulator_monotonic", [] { return simulator::SimulatorClock().monotonic().value(); },
      "The simulated machine's monotonic clock, in seconds.");
  module.def(
      "simulator_unix_time", [] { return simulator::SimulatorClock().unix_time().value(); },
      "The simulated machine's Unix time, in seconds.");
  module.def("simulator_sleep", &sleep, nb::arg("seconds"), WithoutGil(),
             "Lets time pass on the simulated machine's clock; in virtual time at once.");
}

}  // namespace zeus::python
