// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Python objects in the roles that the optimizer knows as C++ interfaces: any monitor with
// begin_window() and end_window(), any callable that selects, any communicator. They are held, not
// owned by C++: their methods are looked up at each call, so that subclasses, and what a test puts
// in their place, count.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/optimum_selector.h"

namespace zeus::python {

namespace nb = nanobind;

// Measures by calling monitor.begin_window(key) and monitor.end_window(key), which returns an
// object with `time` and `gpu_energy`.
class PythonMonitor final : public ZeusMonitor {
 public:
  PythonMonitor(nb::handle monitor, std::vector<VisibleGpu> gpus);

  void begin_window(std::string_view name, bool sync_execution, bool restart) override;
  Measurement end_window(std::string_view name, bool sync_execution) override;
  void cancel_window(std::string_view name, bool sync_execution) override;
  [[nodiscard]] const std::vector<VisibleGpu>& gpus() const override { return gpus_; }

 private:
  nb::handle monitor_;  // kept by the optimizer's engine
  std::vector<VisibleGpu> gpus_;
};

// Selects by calling select([(limit in W, energy in J, time in s), …]), which returns watts.
class PythonSelector final : public OptimumSelector {
 public:
  explicit PythonSelector(nb::handle select) : select_(select) {}

 private:
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;

  nb::handle select_;
};

// A selector of the C++ library as a copy of it, anything else as a PythonSelector.
[[nodiscard]] std::shared_ptr<const OptimumSelector> selector_of(nb::handle select);

// Agrees by calling rank(), world_size(), gather(text, timeout) -> list of texts, and
// exchange(bytes) -> an object whose poll() returns a list of bytes or None; where it has
// poll_rank(rank), that returns one rank's bytes or None.
class PythonCommunicator final : public Communicator {
 public:
  explicit PythonCommunicator(nb::handle communicator);

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int world_size() const override { return world_size_; }
  std::vector<std::string> gather(const std::string& mine, Seconds timeout) override;
  std::unique_ptr<PendingMessages> exchange(std::string mine) override;

 private:
  nb::handle communicator_;
  int rank_ = 0;
  int world_size_ = 1;
};

// A number from Python. Throws nb::python_error (TypeError), naming `what`, where it is none.
[[nodiscard]] double number(nb::handle object, const char* what);

}  // namespace zeus::python
