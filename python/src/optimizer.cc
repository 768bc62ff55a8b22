// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "python/src/bindings.h"
#include "python/src/gil.h"
#include "python/src/log_bridge.h"
#include "python/src/optimizer_engine.h"
#include "python/src/python_failure.h"
#include "zeus/error.h"
#include "zeus/machine.h"
#include "zeus/optimizer/rank_agreement.h"

namespace zeus::python {
namespace {

int traverse_engine(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  return nb::inst_ptr<OptimizerEngine>(self)->traverse(visit, arg);
}

int clear_engine(PyObject* self) {
  if (nb::inst_ready(self)) nb::inst_ptr<OptimizerEngine>(self)->clear();
  return 0;
}

PyType_Slot engine_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_engine)},
                              {Py_tp_clear, reinterpret_cast<void*>(clear_engine)},
                              {0, nullptr}};

// The hooks as builtin functions of an engine: half the cost of a bound method of nanobind, and
// inspect.signature() reads them.
template <void (OptimizerEngine::*hook)()>
PyObject* call_hook(PyObject* self, PyObject* /*unused*/) noexcept {
  try {
    (nb::inst_ptr<OptimizerEngine>(self)->*hook)();
    Py_RETURN_NONE;
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

template <void (OptimizerEngine::*hook)()>
constexpr PyMethodDef hook_of(const char* name, const char* signature) {
  return {name, call_hook<hook>, METH_NOARGS, signature};
}

PyMethodDef hooks[] = {
    hook_of<&OptimizerEngine::on_train_begin>("on_train_begin", "on_train_begin($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_epoch_begin>("on_epoch_begin", "on_epoch_begin($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_step_begin>("on_step_begin", "on_step_begin($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_step_end>("on_step_end", "on_step_end($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_pause>("on_pause", "on_pause($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_epoch_end>("on_epoch_end", "on_epoch_end($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_train_end>("on_train_end", "on_train_end($self, /)\n--\n\n"),
    hook_of<&OptimizerEngine::on_train_interrupted>("on_train_interrupted",
                                                    "on_train_interrupted($self, /)\n--\n\n"),
};

nb::object bound_hook(const nb::object& engine, std::string_view name) {
  for (PyMethodDef& hook : hooks) {
    if (name == hook.ml_name) return nb::steal(PyCFunction_New(&hook, engine.ptr()));
  }
  throw ZeusValueError("there is no hook " + std::string(name));
}

void tell_failed_construction(const nb::object& communicator, const std::string& reason,
                              double timeout) {
  PythonCommunicator ranks(communicator);
  RankReport report;
  report.error = reason;
  const GilRelease release;
  static_cast<void>(exchange_reports(ranks, report, Seconds(timeout)));
}

// An object may be collected while an exception is on its way; what happens to it then is nobody
// else's business.
class PendingError {
 public:
  PendingError() { PyErr_Fetch(&type_, &value_, &traceback_); }
  ~PendingError() { PyErr_Restore(type_, value_, traceback_); }
  PendingError(const PendingError&) = delete;
  PendingError& operator=(const PendingError&) = delete;

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* traceback_ = nullptr;
};

}  // namespace

OptimizerEngine::OptimizerEngine(nb::object monitor, std::vector<VisibleGpu> gpus,
                                 nb::object select, nb::object communicator,
                                 const OptimizerParameters& parameters)
    : monitor_(std::move(monitor)),
      select_(std::move(select)),
      communicator_(std::move(communicator)) {
  follow_logging();
  {
    const LogMute mute;  // the Python monitor has told what it monitors
    windows_ = std::make_unique<PythonMonitor>(monitor_, std::move(gpus));
  }
  GlobalPowerLimitOptimizerOptions options = options_of(parameters);
  if (!select_.is_none()) options.optimum_selector = selector_of(select_);
  if (!communicator_.is_none()) {
    options.communicator = std::make_shared<PythonCommunicator>(communicator_);
  }
  {
    const GilRelease release;
    optimizer_ = std::make_unique<GlobalPowerLimitOptimizer>(*windows_, std::move(options));
  }
  deliver_constructions_log();
}

void OptimizerEngine::deliver_constructions_log() {
  HookScope scope;
  scope.attempt(deliver_log);
  deferred_ = scope.take_interruption();
  if (deferred_ == nullptr || PyObject_IsInstance(deferred_.get(), PyExc_Exception) == 1) return;
  scope.keep(std::move(deferred_));
  scope.raise_interruption();
}

OptimizerEngine::~OptimizerEngine() {
  const PendingError pending;
  try {
    clear();
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("zeus: ending an optimizer");
  }
  if (!fork_check_.forked()) return;
  // A thread of the parent may have been in the middle of them.
  static_cast<void>(optimizer_.release());
  static_cast<void>(windows_.release());
}

void OptimizerEngine::clear() {
  if (optimizer_ && !fork_check_.forked()) {
    HookScope scope;
    {
      const GilRelease release;
      optimizer_->close();
    }
    scope.attempt(deliver_log);
    scope.discard_interruption("zeus: ending an optimizer");
  }
  // The engine answers as a closed one while the cycle it is part of is taken apart: only the
  // references go.
  monitor_ = nb::none();
  select_ = nb::none();
  communicator_ = nb::none();
  deferred_.reset();
}

int OptimizerEngine::traverse(visitproc visit, void* arg) const {
  Py_VISIT(monitor_.ptr());
  Py_VISIT(select_.ptr());
  Py_VISIT(communicator_.ptr());
  Py_VISIT(deferred_.get());
  return 0;
}

void OptimizerEngine::run(void (GlobalPowerLimitOptimizer::*hook)() noexcept) {
  run_work([this, hook] { (optimizer_.get()->*hook)(); });
}

void OptimizerEngine::close() {
  run_work([this] { optimizer_->close(); }, /*whatever_happens=*/true);
}

void OptimizerEngine::on_batch_size(std::int64_t samples) {
  run_work([this, samples] { optimizer_->on_batch_size(samples); });
}

// In the thread that holds it a hook within a hook does nothing.
template <class Work>
void OptimizerEngine::run_work(Work work, bool whatever_happens) {
  if (fork_check_.forked()) return;
  if (is_in_hook()) return;
  HookScope scope;
  scope.keep(std::move(deferred_));
  scope.attempt(follow_logging);
  if (whatever_happens || !scope.is_interrupted()) locked(work);
  scope.attempt(deliver_log);
  if (scope.is_interrupted()) {
    last_seen_ = Seen::kException;
    // The exception may end the training. Where it did so in the tuning, that is stopped already.
    locked([this] { optimizer_->on_train_interrupted(); });
    scope.raise_interruption();
  }
}

template <class Work>
void OptimizerEngine::locked(Work work) {
  const GilRelease release;
  const std::lock_guard lock(mutex_);
  {
    const GilAcquire acquire;
    busy_ = true;
    worker_ = std::this_thread::get_id();
  }
  work();
  const GilAcquire acquire;
  busy_ = false;
}

void init_optimizer(nb::module_& module) {
  nb::class_<OptimizerEngine>(
      module, "GlobalPowerLimitOptimizer", nb::type_slots(engine_slots),
      "What zeus.optimizer.power_limit.GlobalPowerLimitOptimizer works with.")
      .def(
          "__init__",
          [](OptimizerEngine* engine, nb::object monitor, std::vector<VisibleGpu> gpus,
             nb::object select, nb::object communicator, int wait_steps, int warmup_steps,
             int profile_steps, double pl_step, std::optional<nb::bytes> profile_path,
             std::optional<double> max_power_limit, std::optional<int> local_gpu_index,
             double construction_timeout, std::optional<double> idle_timeout,
             std::optional<double> wanted_error, std::string guard, std::string when_busy,
             std::string search, double host_power, const Machine* measured_host,
             std::optional<bool> retune_on_drift, double drift_interval) {
            std::shared_ptr<HostPowerMeter> meter;
            if (measured_host != nullptr) {
              meter = std::make_shared<HostPowerMeter>(measured_host->cpus(),
                                                       measured_host->all_gpus().size());
            }
            std::optional<std::string> path;
            if (profile_path) path.emplace(profile_path->c_str(), profile_path->size());
            new (engine) OptimizerEngine(std::move(monitor), std::move(gpus), std::move(select),
                                         std::move(communicator),
                                         {.wait_steps = wait_steps,
                                          .warmup_steps = warmup_steps,
                                          .profile_steps = profile_steps,
                                          .pl_step = pl_step,
                                          .profile_path = std::move(path),
                                          .max_power_limit = max_power_limit,
                                          .local_gpu_index = local_gpu_index,
                                          .construction_timeout = construction_timeout,
                                          .idle_timeout = idle_timeout,
                                          .wanted_error = wanted_error,
                                          .guard = std::move(guard),
                                          .when_busy = std::move(when_busy),
                                          .search = std::move(search),
                                          .host_power = host_power,
                                          .host_meter = std::move(meter),
                                          .retune_on_drift = retune_on_drift,
                                          .drift_interval = drift_interval});
          },
          nb::kw_only(), nb::arg("monitor"), nb::arg("gpus"), nb::arg("select").none(),
          nb::arg("communicator").none(), nb::arg("wait_steps"), nb::arg("warmup_steps"),
          nb::arg("profile_steps"), nb::arg("pl_step"), nb::arg("profile_path").none(),
          nb::arg("max_power_limit").none(), nb::arg("local_gpu_index").none(),
          nb::arg("construction_timeout"), nb::arg("idle_timeout").none(),
          nb::arg("wanted_error").none(), nb::arg("guard"), nb::arg("when_busy"), nb::arg("search"),
          nb::arg("host_power"), nb::arg("measured_host").none(), nb::arg("retune_on_drift").none(),
          nb::arg("drift_interval"),
          "Power in W, time in s. `measured_host`: the machine whose CPUs' draw counts instead of "
          "`host_power`.")
      .def("on_train_begin", &OptimizerEngine::on_train_begin)
      .def("on_epoch_begin", &OptimizerEngine::on_epoch_begin)
      .def("on_step_begin", &OptimizerEngine::on_step_begin)
      .def("on_step_end", &OptimizerEngine::on_step_end)
      .def("on_pause", &OptimizerEngine::on_pause)
      .def("on_epoch_end", &OptimizerEngine::on_epoch_end)
      .def("on_train_end", &OptimizerEngine::on_train_end)
      .def("on_train_interrupted", &OptimizerEngine::on_train_interrupted)
      .def("on_batch_size", &OptimizerEngine::on_batch_size, nb::arg("samples"))
      .def("close", &OptimizerEngine::close)
      .def("hook", &bound_hook, nb::arg("name"),
           nb::sig("def hook(self, name: str) -> collections.abc.Callable[[], None]"),
           "A hook as a function that is quick to call.")
      .def_prop_ro("state", &OptimizerEngine::state,
                   "(name, power limit in mW or None, steps or None, reason).")
      .def_prop_ro("power_limits", &OptimizerEngine::power_limits, "In mW, highest first.")
      .def_prop_ro("current_power_limit", &OptimizerEngine::current_power_limit, "In mW.")
      .def_prop_ro("measurements", &OptimizerEngine::measurements,
                   "(power limit in W, energy in J, time in s) of each limit so far.")
      .def("progress", &OptimizerEngine::progress,
           "(probes done, probes expected, steps left, setting in mW, why tuning has stopped).")
      .def("report", &OptimizerEngine::report,
           "(probes, prior limit in mW, choice in mW or None, its reason, why tuning has stopped, "
           "dropped probes, restarts, gain). A probe is (setting in mW, energy in J, time in s, "
           "their errors, steps, (share, times, whether counted) of long steps, drifts, is sure). "
           "A gain is (reference in mW, energy's change and error, time's change and error, host's "
           "power in W, profiling's steps, energy in J and time in s, steps until that is paid "
           "back).")
      .def_prop_ro("awaits_first_step", &OptimizerEngine::awaits_first_step,
                   "Whether no step has begun or ended since the construction.")
      .def_prop_ro("was_interrupted", &OptimizerEngine::was_interrupted,
                   "Whether an exception has left a hook or the training, and no step has come "
                   "since.")
      .def_prop_ro("is_in_hook", &OptimizerEngine::is_in_hook,
                   "Whether this thread is inside a hook: then hooks do nothing.")
      .def_prop_ro("is_retuning", &OptimizerEngine::is_retuning,
                   "Whether the search under way follows a drift: the choice before it stands "
                   "until it ends.")
      .def_prop_ro("gpu_count", &OptimizerEngine::gpu_count, "GPUs of the whole job.");
  module.def("tell_failed_construction", &tell_failed_construction, nb::arg("communicator"),
             nb::arg("reason"), nb::arg("timeout"),
             "Takes part in the ranks' construction as one that can't. Waits for the others.");
}

}  // namespace zeus::python
