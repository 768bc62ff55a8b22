// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/python_monitor.h"

#include <optional>
#include <utility>

#include "python/src/driver_clock.h"
#include "python/src/python_failure.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::python {
namespace {

template <class... Selectors>
std::shared_ptr<const OptimumSelector> copy_of(nb::handle select) {
  std::shared_ptr<const OptimumSelector> copy;
  const auto try_as = [&]<class Selector>(const Selector* /*kind*/) {
    if (!nb::isinstance<Selector>(select)) return;
    copy = std::make_shared<Selector>(nb::cast<const Selector&>(select));
  };
  (try_as(static_cast<const Selectors*>(nullptr)), ...);
  return copy;
}

nb::str python_text(std::string_view text) { return nb::str(text.data(), text.size()); }

ZeusMonitorOptions options_with(std::shared_ptr<Clock> clock) {
  ZeusMonitorOptions options;
  options.clock = std::move(clock);
  return options;
}

std::string message_of(nb::handle object) {
  if (PyBytes_Check(object.ptr()) == 0) {
    PyErr_Format(PyExc_TypeError, "a rank's message must be bytes, not %.200s",
                 Py_TYPE(object.ptr())->tp_name);
    nb::raise_python_error();
  }
  return {PyBytes_AS_STRING(object.ptr()),
          static_cast<std::size_t>(PyBytes_GET_SIZE(object.ptr()))};
}

class PythonMessages final : public PendingMessages {
 public:
  PythonMessages(nb::object pending, int ranks)
      : has_poll_rank_(nb::hasattr(pending, "poll_rank")),
        pending_(share(std::move(pending))),
        ranks_(ranks) {}

  std::optional<std::vector<std::string>> poll() override {
    return call_python(
        Callee::kSelectorOrRanks, [this]() -> std::optional<std::vector<std::string>> {
          const nb::object all = nb::handle(pending_.get()).attr("poll")();
          if (all.is_none()) return std::nullopt;
          std::vector<std::string> messages;
          for (const nb::handle message : all) messages.push_back(message_of(message));
          if (!std::cmp_equal(messages.size(), ranks_)) {
            PyErr_Format(PyExc_ValueError, "poll() must return a message per rank (%d), not %zu",
                         ranks_, messages.size());
            nb::raise_python_error();
          }
          return messages;
        });
  }

  std::optional<std::string> poll(int rank) override {
    if (!has_poll_rank_) return PendingMessages::poll(rank);
    return call_python(Callee::kSelectorOrRanks, [&]() -> std::optional<std::string> {
      const nb::object message = nb::handle(pending_.get()).attr("poll_rank")(rank);
      if (message.is_none()) return std::nullopt;
      return message_of(message);
    });
  }

 private:
  bool has_poll_rank_;
  std::shared_ptr<PyObject> pending_;
  int ranks_;
};

}  // namespace

double number(nb::handle object, const char* what) {
  const double value = PyFloat_AsDouble(object.ptr());
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) nb::raise_python_error();
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "%s must be a number, not %.200s", what,
                 Py_TYPE(object.ptr())->tp_name);
    nb::raise_python_error();
  }
  return value;
}

// The base class measures nothing: its list of GPUs is empty.
PythonMonitor::PythonMonitor(nb::handle monitor, std::vector<VisibleGpu> gpus)
    : ZeusMonitor(std::vector<VisibleGpu>(), options_with(driver_clock())),
      monitor_(monitor),
      gpus_(std::move(gpus)) {}

// A monitor of the user's own may not know `restart`.
void PythonMonitor::begin_window(std::string_view name, bool /*sync_execution*/, bool restart) {
  call_python(Callee::kWaitOrLog, [&] {
    const nb::str key = python_text(name);
    try {
      monitor_.attr("begin_window")(key);
      return;
    } catch (nb::python_error& error) {
      const bool is_open = restart && error.matches(PyExc_ValueError);
      if (!is_open || must_pass(error, Callee::kWaitOrLog)) throw;
    }
    monitor_.attr("end_window")(key, nb::arg("sync_execution") = false, nb::arg("cancel") = true);
    monitor_.attr("begin_window")(key);
  });
}

Measurement PythonMonitor::end_window(std::string_view name, bool /*sync_execution*/) {
  return call_python(Callee::kWaitOrLog, [&] {
    const nb::object result = monitor_.attr("end_window")(python_text(name));
    Measurement measurement;
    measurement.time = Seconds(number(result.attr("time"), "a measurement's time"));
    const nb::object energies = result.attr("gpu_energy");
    for (const VisibleGpu& gpu : gpus_) {
      const nb::object energy = energies[nb::int_(gpu.index)];
      measurement.gpu_energy.push_back(
          {.index = gpu.index, .energy = Joules(number(energy, "a measurement's energy"))});
    }
    return measurement;
  });
}

void PythonMonitor::cancel_window(std::string_view name, bool sync_execution) {
  call_python(Callee::kWaitOrLog, [&] {
    monitor_.attr("end_window")(python_text(name), nb::arg("sync_execution") = sync_execution,
                                nb::arg("cancel") = true);
  });
}

std::shared_ptr<const OptimumSelector> selector_of(nb::handle select) {
  auto copy =
      copy_of<Energy, Time, ZeusCost, MaxSlowdownConstraint, LeastEnergyWithinSlowdown>(select);
  return copy ? copy : std::make_shared<PythonSelector>(select);
}

Watts PythonSelector::do_select(std::span<const PowerLimitMeasurement> measurements) const {
  return call_python(Callee::kSelectorOrRanks, [&] {
    nb::list points;
    for (const PowerLimitMeasurement& point : measurements) {
      points.append(
          nb::make_tuple(point.power_limit.value(), point.energy.value(), point.time.value()));
    }
    return Watts(number(select_(points), "what the optimum selector returns"));
  });
}

PythonCommunicator::PythonCommunicator(nb::handle communicator) : communicator_(communicator) {
  call_python(Callee::kSelectorOrRanks, [this] {
    rank_ = nb::cast<int>(communicator_.attr("rank")());
    world_size_ = nb::cast<int>(communicator_.attr("world_size")());
  });
}

std::vector<std::string> PythonCommunicator::gather(const std::string& mine, Seconds timeout) {
  return call_python(Callee::kSelectorOrRanks, [&] {
    std::vector<std::string> texts;
    for (const nb::handle text :
         nb::object(communicator_.attr("gather")(python_text(mine), timeout.value()))) {
      texts.emplace_back(nb::str(text).c_str());
    }
    return texts;
  });
}

std::unique_ptr<PendingMessages> PythonCommunicator::exchange(std::string mine) {
  return call_python(Callee::kSelectorOrRanks, [&]() -> std::unique_ptr<PendingMessages> {
    return std::make_unique<PythonMessages>(
        communicator_.attr("exchange")(nb::bytes(mine.data(), mine.size())), world_size_);
  });
}

}  // namespace zeus::python
