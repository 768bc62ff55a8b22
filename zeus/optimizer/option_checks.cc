// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/option_checks.h"

#include <fmt/format.h>

#include <cmath>

#include "zeus/error.h"

namespace zeus {

void require_valid(const GlobalPowerLimitOptimizerOptions& options) {
  if (options.wait_steps < 0) {
    throw ZeusValueError(fmt::format("wait_steps must be at least 0, got {}", options.wait_steps));
  }
  if (options.warmup_steps < 0) {
    throw ZeusValueError(
        fmt::format("warmup_steps must be at least 0, got {}", options.warmup_steps));
  }
  if (options.profile_steps < 1) {
    throw ZeusValueError(
        fmt::format("profile_steps must be at least 1, got {}", options.profile_steps));
  }
  const double step = options.pl_step.value();
  if (!std::isfinite(step) || step < 0.001 || step > 1e6) {
    throw ZeusValueError(fmt::format("pl_step must be at least 0.001 W, got {:g} W", step));
  }
  if (options.wanted_error && !(*options.wanted_error >= 1e-4 && *options.wanted_error <= 0.5)) {
    throw ZeusValueError(fmt::format("wanted_error must be between 0.0001 and 0.5, got {:g}",
                                     *options.wanted_error));
  }
  const double timeout = options.construction_timeout.value();
  if (!(timeout > 0.0)) {
    throw ZeusValueError(fmt::format("construction_timeout must be positive, got {:g} s", timeout));
  }
  if (!(options.drift_interval > Seconds(0))) {
    throw ZeusValueError(
        fmt::format("drift_interval must be positive, got {:g} s", options.drift_interval.value()));
  }
  if (options.idle_timeout && !(*options.idle_timeout > Seconds(0))) {
    throw ZeusValueError(
        fmt::format("idle_timeout must be positive, got {:g} s", options.idle_timeout->value()));
  }
  const double host = options.host_power.value();
  if (!(host >= 0.0 && host <= 1e5)) {
    throw ZeusValueError(
        fmt::format("host_power must be between 0 and 100000 W per GPU, got {:g} W", host));
  }
  if (host > 0.0 && options.host_power_meter) {
    throw ZeusValueError("host_power is given and is to be measured: one of the two");
  }
}

}  // namespace zeus
