// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A ZeusMonitor and the Python callable that it synchronises with.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "zeus/monitor/zeus_monitor.h"

namespace zeus::python {

namespace nb = nanobind;

using EnergyByIndex = nb::typed<nb::dict, int, double>;

class MonitorEngine {
 public:
  // `log_file` is a path as the file system has it. `sync_execution` is a callable without
  // parameters, or None.
  MonitorEngine(std::vector<VisibleGpu> gpus, std::vector<VisibleCpu> cpus,
                bool approx_instant_energy, const std::optional<nb::bytes>& log_file,
                nb::object sync_execution);
  ~MonitorEngine();
  MonitorEngine(const MonitorEngine&) = delete;
  MonitorEngine& operator=(const MonitorEngine&) = delete;

  void begin_window(const nb::str& name, bool sync_execution, bool restart);
  // (seconds, {GPU index: joules}, the same by CPU package, the same of their memory, whether a
  // GPU's energy is zero), the energies of CPUs and memory None where nothing is measured.
  std::tuple<double, EnergyByIndex, std::optional<EnergyByIndex>, std::optional<EnergyByIndex>,
             bool>
  end_window(const nb::str& name, bool sync_execution);
  void cancel_window(const nb::str& name, bool sync_execution);
  void reset_windows();

  // For Python's collector of cycles.
  int traverse(visitproc visit, void* arg) const;
  void clear() { sync_execution_.reset(); }

 private:
  nb::object sync_execution_;
  std::unique_ptr<ZeusMonitor> monitor_;
};

}  // namespace zeus::python
