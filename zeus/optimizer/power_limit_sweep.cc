// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/power_limit_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.optimizer.power_limit";

// A limit whose energy reads as zero (steps far shorter than the counter's period) is measured for
// as many steps again; a counter that hasn't moved after this many rounds is not going to.
constexpr int kMaxRounds = 20;

// What a rank contributes instead of a time when its tuning has ended: the maximum over the ranks
// tells all the others.
constexpr Seconds kGaveUp{std::numeric_limits<double>::infinity()};

// What the ranks found at one power limit: energies add up, the slowest rank's time counts.
struct RankTotals {
  Joules energy;
  Seconds time;
};

std::string encode(const RankTotals& totals) {
  const std::array<double, 2> values{totals.energy.value(), totals.time.value()};
  std::string message(sizeof(values), '\0');
  std::memcpy(message.data(), values.data(), sizeof(values));
  return message;
}

std::optional<RankTotals> poll_totals(PendingMessages& pending) {
  const std::optional<std::vector<std::string>> messages = pending.poll();
  if (!messages) return std::nullopt;
  RankTotals totals;
  for (const std::string& message : *messages) {
    std::array<double, 2> values{};
    if (message.size() != sizeof(values)) {
      throw ZeusCommunicatorError("a rank sent a message that can't be understood");
    }
    std::memcpy(values.data(), message.data(), sizeof(values));
    totals.energy += Joules(values[0]);
    totals.time = std::max(totals.time, Seconds(values[1]));
  }
  return totals;
}

template <class... Args>
void say(LogLevel level, fmt::format_string<Args...> text, Args&&... args) {
  if (!log_enabled(level)) return;
  log(level, kLogger, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace

PowerLimitSweep::PowerLimitSweep(ZeusMonitor& monitor, std::unique_ptr<PriorLimits> prior,
                                 std::shared_ptr<Communicator> communicator, ProfileStore store,
                                 SweepPlan plan, std::vector<PowerLimitMeasurement> measured,
                                 bool complete)
    : monitor_(monitor),
      communicator_(std::move(communicator)),
      store_(std::move(store)),
      plan_(std::move(plan)),
      complete_(complete),
      measurements_(std::move(measured)),
      prior_(std::move(prior)),
      current_limit_(highest_prior_limit()) {
  for (const Watts limit : plan_.limits) {
    const bool known = std::ranges::any_of(
        measurements_, [limit](const auto& point) { return same_limit(point.power_limit, limit); });
    if (!complete && !known) to_probe_.push_back(limit);
  }
  if (to_probe_.empty()) {
    state_ = Waiting{};
    conclude();
    return;
  }
  start_pieces();
  say(LogLevel::kInfo, "Profiling {} power limits while training runs, {:g} W to {:g} W.",
      to_probe_.size(), to_probe_.front().value(), to_probe_.back().value());
  say(LogLevel::kInfo, "Profiling begins after {} step(s).", plan_.wait_steps);
  state_ = Ready{.next_power_limit = to_probe_.front(), .steps = plan_.wait_steps + 1};
}

PowerLimitSweep::~PowerLimitSweep() { close(); }

bool PowerLimitSweep::wants_steps() const {
  if (closed_ || std::holds_alternative<Stopped>(state_)) return false;
  return !std::holds_alternative<Done>(state_) || suspended_;
}

bool PowerLimitSweep::next_step_only_counts() const {
  if (!wants_steps()) return true;
  if (suspended_ || !pending_.empty()) return false;
  if (const auto* ready = std::get_if<Ready>(&state_)) return ready->steps > 1;
  if (const auto* warmup = std::get_if<Warmup>(&state_)) return warmup->steps > 1;
  if (const auto* profiling = std::get_if<Profiling>(&state_)) {
    return !window_.empty() && profiling->steps > 1;
  }
  return true;
}

void PowerLimitSweep::step_begin() {
  if (forked()) return;
  if (suspended_) resume();
  if (!pending_.empty()) collect();
  if (auto* ready = std::get_if<Ready>(&state_)) {
    if (--ready->steps == 0) begin_limit();
  } else if (auto* warmup = std::get_if<Warmup>(&state_)) {
    if (--warmup->steps == 0) open_window();
  } else if (auto* profiling = std::get_if<Profiling>(&state_)) {
    if (window_.empty()) {
      open_window();
    } else if (--profiling->steps == 0) {
      close_window();
      finish_limit(/*at_step_begin=*/true);
    }
  }
}

void PowerLimitSweep::pause(std::string_view why) {
  if (forked() || window_.empty()) return;
  auto& profiling = std::get<Profiling>(state_);
  --profiling.steps;
  close_window();
  if (profiling.steps == 0) {
    finish_limit(/*at_step_begin=*/false);
    return;
  }
  say(LogLevel::kInfo, "Profiling of {:g} W was interrupted by {}; {} of its steps are left.",
      profiling.current_power_limit.value(), why, profiling.steps);
}

void PowerLimitSweep::suspend() {
  if (forked() || closed_ || suspended_) return;
  pause("the end of training");
  if (std::holds_alternative<Stopped>(state_)) return;
  if (auto* profiling = std::get_if<Profiling>(&state_)) {
    pieces_.steps_left = profiling->steps;
    state_ = Ready{.next_power_limit = profiling->current_power_limit, .steps = 1};
  } else if (auto* warmup = std::get_if<Warmup>(&state_)) {
    state_ = Ready{.next_power_limit = warmup->current_power_limit, .steps = 1};
  }
  suspended_ = true;
  restore_limits();
}

void PowerLimitSweep::resume() {
  if (forked() || closed_ || !suspended_) return;
  suspended_ = false;
  if (auto* done = std::get_if<Done>(&state_)) set_limits(done->optimal_power_limit);
}

void PowerLimitSweep::stop(std::string_view reason) noexcept {
  if (forked() || closed_ || std::holds_alternative<Stopped>(state_)) return;
  drop_window();
  restore_limits();
  try {
    state_ = Stopped{std::string(reason)};
    say(LogLevel::kWarning,
        "Power limit tuning has ended: {}. Training goes on at the power limits that were there "
        "before.",
        reason);
    // One for each limit that the others expect, and one for the choice.
    while (contributions_ < to_probe_.size() + 1) contribute({}, kGaveUp);
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kLogger, error.what());
  }
}

void PowerLimitSweep::close() noexcept {
  if (forked() || closed_) return;
  closed_ = true;
  drop_window();
  restore_limits();
}

void PowerLimitSweep::set_limits(Watts limit) {
  say(LogLevel::kInfo, "Setting the power limit to {:g} W.", limit.value());
  for (const OwnedGpu& gpu : plan_.gpus) prior_->set(gpu.position, std::min(limit, gpu.ceiling));
  current_limit_ = limit;
}

Watts PowerLimitSweep::highest_prior_limit() const {
  Watts highest;
  for (std::size_t i = 0; i < prior_->size(); ++i) highest = std::max(highest, prior_->prior(i));
  return highest;
}

void PowerLimitSweep::restore_limits() noexcept {
  for (const std::string& trouble : prior_->restore()) log(LogLevel::kWarning, kLogger, trouble);
  current_limit_ = highest_prior_limit();
}

void PowerLimitSweep::start_pieces() {
  pieces_ = {.time = {},
             .energy = std::vector<Joules>(plan_.gpus.size()),
             .steps = 0,
             .steps_left = plan_.origin.profile_steps,
             .rounds = 0};
}

void PowerLimitSweep::begin_limit() {
  const Watts limit = to_probe_[probing_];
  if (plan_.origin.warmup_steps > 0) say(LogLevel::kInfo, "Warming up at {:g} W.", limit.value());
  set_limits(limit);
  if (plan_.origin.warmup_steps == 0) {
    state_ = Warmup{.current_power_limit = limit, .steps = 0};
    open_window();
    return;
  }
  state_ = Warmup{.current_power_limit = limit, .steps = plan_.origin.warmup_steps};
}

void PowerLimitSweep::open_window() {
  const Watts limit = to_probe_[probing_];
  if (std::holds_alternative<Warmup>(state_)) {
    say(LogLevel::kInfo, "Profiling {:g} W.", limit.value());
    state_ = Profiling{.current_power_limit = limit, .steps = pieces_.steps_left};
  }
  std::string name = fmt::format("__GlobalPowerLimitOptimizer_{:g}", limit.value());
  monitor_.begin_window(name);
  window_ = std::move(name);
}

void PowerLimitSweep::close_window() {
  const std::string name = std::exchange(window_, {});
  const Measurement measurement = monitor_.end_window(name);
  pieces_.time += measurement.time;
  for (std::size_t i = 0; i < plan_.gpus.size(); ++i) {
    for (const GpuEnergy& gpu : measurement.gpu_energy) {
      if (gpu.index == plan_.gpus[i].index) pieces_.energy[i] += gpu.energy;
    }
  }
}

void PowerLimitSweep::drop_window() noexcept {
  if (window_.empty()) return;
  const std::string name = std::exchange(window_, {});
  try {
    monitor_.cancel_window(name, /*sync_execution=*/false);
  } catch (const std::exception& error) {
    say(LogLevel::kDebug, "Window {} could not be cancelled: {}", name, error.what());
  }
}

bool PowerLimitSweep::energy_moved() const {
  return pieces_.time > Seconds(0) &&
         std::ranges::all_of(pieces_.energy, [](Joules energy) { return energy > Joules(0); });
}

void PowerLimitSweep::finish_limit(bool at_step_begin) {
  const int asked = plan_.origin.profile_steps;
  const Watts limit = to_probe_[probing_];
  pieces_.steps += asked;
  if (!energy_moved()) {
    if (++pieces_.rounds == kMaxRounds) {
      throw ZeusBaseGPUError(fmt::format("the energy counter did not move over {} steps at {:g} W",
                                         pieces_.steps, limit.value()));
    }
    pieces_.steps_left = asked;
    state_ = Profiling{.current_power_limit = limit, .steps = asked};
    if (at_step_begin) open_window();
    return;
  }
  Joules energy;
  for (const Joules gpu_energy : pieces_.energy) energy += gpu_energy;
  // Every limit's figures are for the same number of steps.
  const double share = static_cast<double>(asked) / static_cast<double>(pieces_.steps);
  const Seconds time = pieces_.time * share;
  say(LogLevel::kInfo, "Profiled {:g} W.", limit.value());
  start_pieces();
  ++probing_;
  const bool is_last = probing_ == to_probe_.size();
  if (is_last) {
    state_ = Waiting{};
  } else {
    state_ = Ready{.next_power_limit = to_probe_[probing_], .steps = 1};
  }
  contribute(energy * share, time);
  collect();
  if (is_last) {
    if (std::holds_alternative<Waiting>(state_)) restore_limits();
  } else if (at_step_begin) {
    begin_limit();
  }
}

void PowerLimitSweep::contribute(Joules energy, Seconds time) {
  ++contributions_;
  pending_.push_back(communicator_->exchange(encode({.energy = energy, .time = time})));
}

void PowerLimitSweep::collect() {
  while (!pending_.empty()) {
    const std::optional<RankTotals> totals = poll_totals(*pending_.front());
    if (!totals) return;
    pending_.pop_front();
    if (totals->time == kGaveUp) throw ZeusCommunicatorError("another rank's tuning has ended");
    if (concluded_) {
      settle(Watts(totals->energy.value()));
      return;
    }
    measurements_.push_back(
        {.power_limit = to_probe_[collected_++], .energy = totals->energy, .time = totals->time});
    if (collected_ == to_probe_.size()) {
      conclude();
      return;
    }
    store_.save_partial(measurements_, plan_.origin);
  }
}

void PowerLimitSweep::conclude() {
  const Watts choice = choose_limit(plan_, measurements_);
  if (!complete_) store_.save(measurements_, plan_.origin);
  concluded_ = true;
  // Rank 0's choice is everybody's: a sum in which the others are zero carries it. It also tells
  // that everybody got as far as choosing.
  const bool is_first = communicator_->rank() == 0;
  contribute(Joules(is_first ? choice.value() : 0.0), {});
  collect();
}

void PowerLimitSweep::settle(Watts optimum) {
  say(LogLevel::kInfo, "The optimal power limit is {:g} W.", optimum.value());
  if (!suspended_) set_limits(optimum);
  state_ = Done{.optimal_power_limit = optimum};
  if (!complete_ && store_.has_path()) {
    say(LogLevel::kInfo, "The profile is saved in '{}'.", store_.name());
  }
}

Watts choose_limit(const SweepPlan& plan, std::span<const PowerLimitMeasurement> measurements) {
  std::vector<PowerLimitMeasurement> points;
  std::ranges::copy_if(measurements, std::back_inserter(points), [&plan](const auto& point) {
    return plan.allowed.contains(point.power_limit);
  });
  const Watts choice = plan.selector->select(points);
  if (!std::isfinite(choice.value()) || !plan.allowed.contains(choice)) {
    throw ZeusValueError(fmt::format("the selector picked {:g} W, out of {:g}-{:g} W",
                                     choice.value(), plan.allowed.min.value(),
                                     plan.allowed.max.value()));
  }
  return choice;
}

}  // namespace zeus
