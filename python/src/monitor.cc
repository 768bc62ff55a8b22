// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "python/src/bindings.h"
#include "python/src/driver_clock.h"
#include "python/src/gil.h"
#include "python/src/log_bridge.h"
#include "python/src/monitor_engine.h"
#include "python/src/python_failure.h"

namespace zeus::python {
namespace {

std::string_view view(const nb::str& text) {
  Py_ssize_t size = 0;
  const char* const data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (data == nullptr) nb::raise_python_error();
  return {data, static_cast<std::size_t>(size)};
}

// Runs `work` without the GIL, then tells what it had to say.
template <class Work>
auto without_gil(Work work) {
  struct Deliver {
    ~Deliver() noexcept(false) {
      if (std::uncaught_exceptions() == 0) deliver_log();
    }
  } const deliver;
  const GilRelease release;
  return work();
}

template <class Energies>
EnergyByIndex by_index(const Energies& energies) {
  EnergyByIndex result;
  for (const auto& each : energies) result[nb::int_(each.index)] = each.energy.value();
  return result;
}

std::optional<EnergyByIndex> if_any(const std::vector<CpuPackageEnergy>& energies) {
  if (energies.empty()) return std::nullopt;
  return by_index(energies);
}

int traverse_engine(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  return nb::inst_ptr<MonitorEngine>(self)->traverse(visit, arg);
}

int clear_engine(PyObject* self) {
  if (nb::inst_ready(self)) nb::inst_ptr<MonitorEngine>(self)->clear();
  return 0;
}

PyType_Slot engine_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_engine)},
                              {Py_tp_clear, reinterpret_cast<void*>(clear_engine)},
                              {0, nullptr}};

}  // namespace

MonitorEngine::MonitorEngine(std::vector<VisibleGpu> gpus, std::vector<VisibleCpu> cpus,
                             bool approx_instant_energy, const std::optional<nb::bytes>& log_file,
                             nb::object sync_execution)
    : sync_execution_(std::move(sync_execution)) {
  follow_logging();
  ZeusMonitorOptions options;
  options.approx_instant_energy = approx_instant_energy;
  options.cpus = std::move(cpus);
  if (log_file) options.log_file = std::string(log_file->c_str(), log_file->size());
  options.log_zero_energy = false;  // a Python warning instead
  options.clock = driver_clock();
  if (!sync_execution_.is_none()) {
    options.sync_execution = [this] {
      call_python(Callee::kWaitOrLog, [this] {
        if (sync_execution_.is_valid()) sync_execution_();
      });
    };
  }
  without_gil(
      [&] { monitor_ = std::make_unique<ZeusMonitor>(std::move(gpus), std::move(options)); });
}

MonitorEngine::~MonitorEngine() {
  const GilRelease release;  // a sampling thread is joined
  monitor_.reset();
}

void MonitorEngine::begin_window(const nb::str& name, bool sync_execution, bool restart) {
  const std::string_view key = view(name);
  follow_logging();
  without_gil([&] { monitor_->begin_window(key, sync_execution, restart); });
}

std::tuple<double, EnergyByIndex, std::optional<EnergyByIndex>, std::optional<EnergyByIndex>, bool>
MonitorEngine::end_window(const nb::str& name, bool sync_execution) {
  const std::string_view key = view(name);
  follow_logging();
  const Measurement measurement =
      without_gil([&] { return monitor_->end_window(key, sync_execution); });
  const auto& gpus = measurement.gpu_energy;
  const bool some_is_zero = std::any_of(
      gpus.begin(), gpus.end(), [](const GpuEnergy& gpu) { return gpu.energy == Joules(0); });
  return {measurement.time.value(), by_index(gpus), if_any(measurement.cpu_energy),
          if_any(measurement.dram_energy), some_is_zero};
}

void MonitorEngine::cancel_window(const nb::str& name, bool sync_execution) {
  const std::string_view key = view(name);
  follow_logging();
  without_gil([&] { monitor_->cancel_window(key, sync_execution); });
}

void MonitorEngine::reset_windows() {
  without_gil([&] { monitor_->reset_windows(); });
}

int MonitorEngine::traverse(visitproc visit, void* arg) const {
  Py_VISIT(sync_execution_.ptr());
  return 0;
}

void init_monitor(nb::module_& module) {
  nb::class_<MonitorEngine>(module, "ZeusMonitor", nb::type_slots(engine_slots),
                            "What zeus.monitor.ZeusMonitor measures with.")
      .def(nb::init<std::vector<VisibleGpu>, std::vector<VisibleCpu>, bool,
                    const std::optional<nb::bytes>&, nb::object>(),
           nb::arg("gpus"), nb::arg("cpus"), nb::arg("approx_instant_energy"),
           nb::arg("log_file").none(), nb::arg("sync_execution").none())
      .def("begin_window", &MonitorEngine::begin_window, nb::arg("key"), nb::arg("sync_execution"),
           nb::arg("restart"))
      .def("end_window", &MonitorEngine::end_window, nb::arg("key"), nb::arg("sync_execution"),
           "(seconds, joules by GPU index, by CPU package, of their memory, whether a GPU's is "
           "zero).")
      .def("cancel_window", &MonitorEngine::cancel_window, nb::arg("key"),
           nb::arg("sync_execution"))
      .def("reset_windows", &MonitorEngine::reset_windows);
}

}  // namespace zeus::python
