// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>

#include "python/src/optimizer_engine.h"
#include "python/src/python_failure.h"
#include "zeus/error.h"

namespace zeus::python {
namespace {

// The package has checked it already.
template <class Choice>
Choice choice_of(const char* parameter, const std::string& word,
                 const std::map<std::string, Choice>& choices) {
  const auto found = choices.find(word);
  if (found == choices.end()) throw ZeusValueError(std::string("unknown ") + parameter);
  return found->second;
}

}  // namespace

GlobalPowerLimitOptimizerOptions options_of(const OptimizerParameters& parameters) {
  GlobalPowerLimitOptimizerOptions options;
  options.wait_steps = parameters.wait_steps;
  options.warmup_steps = parameters.warmup_steps;
  options.profile_steps = parameters.profile_steps;
  options.pl_step = Watts(parameters.pl_step);
  if (parameters.profile_path) options.profile_path = *parameters.profile_path;
  if (parameters.max_power_limit) options.max_power_limit = Watts(*parameters.max_power_limit);
  options.local_gpu_index = parameters.local_gpu_index;
  options.construction_timeout = Seconds(parameters.construction_timeout);
  options.wanted_error = parameters.wanted_error;
  if (parameters.idle_timeout) options.idle_timeout = Seconds(*parameters.idle_timeout);
  options.retune_on_drift = parameters.retune_on_drift;
  options.drift_interval = Seconds(parameters.drift_interval);
  options.guard =
      choice_of<GuardUse>("guard", parameters.guard,
                          {{"auto", GuardUse::kIfPossible}, {"require", GuardUse::kRequired}});
  options.when_busy = choice_of<WhenBusy>("when_busy", parameters.when_busy,
                                          {{"refuse", WhenBusy::kRefuse},
                                           {"wait", WhenBusy::kWait},
                                           {"measure_only", WhenBusy::kMeasureOnly}});
  options.search =
      choice_of<SearchKind>("search", parameters.search,
                            {{"sweep", SearchKind::kSweep}, {"adaptive", SearchKind::kAdaptive}});
  options.host_power = Watts(parameters.host_power);
  options.host_power_meter = parameters.host_meter;
  // The log says whom the job waits for, and Ctrl-C ends the wait.
  options.while_waiting = [] {
    call_python(Callee::kWaitOrLog, [] {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    });
  };
  return options;
}

}  // namespace zeus::python
