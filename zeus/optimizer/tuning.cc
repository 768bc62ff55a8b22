// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/optimizer/tuning_log.h"

namespace zeus {
namespace {

// A probe whose figures are doubtful so many times in a row will not be better the next time.
constexpr int kMostDoubts = 3;

KnobSetting highest_prior(const PriorSettings& prior) {
  KnobSetting highest = prior.prior(0);
  for (std::size_t i = 1; i < prior.size(); ++i) highest = std::max(highest, prior.prior(i));
  return highest;
}

// How often a step looks whether the job has changed. Ranks other than 0 only look for what the
// others say.
Seconds look_period(const TuningPlan& plan, bool is_first_rank) {
  if (!plan.retune) return Seconds(0);
  return is_first_rank ? Seconds(5) : Seconds(60);
}

}  // namespace

Tuning::Tuning(ZeusMonitor& monitor, Heartbeat& heartbeat, std::unique_ptr<PriorSettings> prior,
               std::shared_ptr<Communicator> communicator, ProfileStore store, TuningPlan plan)
    : monitor_(monitor),
      clock_(monitor.clock()),
      heartbeat_(heartbeat),
      store_(std::move(store)),
      plan_(std::move(plan)),
      strategy_(plan_.strategy),
      prior_(std::move(prior)),
      highest_prior_(highest_prior(*prior_)),
      world_size_(communicator->world_size()),
      is_first_rank_(communicator->rank() == 0),
      round_(std::move(communicator)),
      watch_(std::make_unique<IdleWatch>(
          heartbeat_, clock_, plan_.idle_timeouts, [this](Seconds quiet) { go_idle(quiet); },
          look_period(plan_, is_first_rank_))) {
  if (!plan_.only_measures.empty()) {
    state_ = Failed{plan_.only_measures};
    return;
  }
  make_readers();
  make_pace();
  for (const ProbeResult& result : plan_.history) remember(result);
  if (const auto* choice = std::get_if<Choose>(&plan_.first)) {
    try {
      hold(*choice);
    } catch (const std::exception& error) {
      if (world_size_ == 1) throw;
      stop(error.what());  // the others have constructed, and must hear of it
    }
    return;
  }
  // A search that decides as it goes can only guess how many probes it takes.
  const bool is_sweep = plan_.strategy->probes_left({}) == plan_.limits.size();
  say(LogLevel::kInfo, "Profiling {}{} power limits while training runs, {:g} W to {:g} W.",
      is_sweep ? "" : "about ", plan_.strategy->probes_left(history_),
      setting_of(plan_.first).power_limit.value(), plan_.limits.back().value());
  say(LogLevel::kInfo, "Profiling begins after {} step(s).", plan_.wait_steps);
  state_ = Counting{.probe = make_probe(setting_of(plan_.first)), .steps = plan_.wait_steps + 1};
}

Tuning::~Tuning() {
  close();
  // In a forked child the watch's thread does not exist: joining it would wait for ever.
  if (forked()) (void)watch_.release();
}

// --- hooks -------------------------------------------------------------------------------------

void Tuning::step_begin() {
  const bool looks = heartbeat_.take_look();
  if (forked() || is_gone()) return;
  // Other steps' ends did not come here.
  const bool was_done = is_done();
  step_boundary(!was_done && marks_.begin(), looks);
  if (was_done && !is_done()) static_cast<void>(marks_.begin());
}

void Tuning::step_end() {
  const bool looks = !heartbeat_.marks_begins() && heartbeat_.take_look();
  if (forked() || is_gone()) return;
  const bool begins_another = is_done() ? !heartbeat_.marks_begins() : marks_.end();
  if (begins_another) step_boundary(/*was_interrupted=*/false, looks);
}

void Tuning::step_boundary(bool was_interrupted, bool looks) {
  if (heartbeat_.has_news()) wake();
  if (was_interrupted) note_interrupted_step();
  if (std::holds_alternative<Suspended>(state_)) resume();
  if (looks && std::holds_alternative<Holding>(state_)) {
    look(/*is_step_begin=*/true);
    return;
  }
  if (auto* probing = std::get_if<Probing>(&state_)) {
    if (!probing->probe.is_open()) {
      probing->probe.open(monitor_);
    } else if (probing->probe.step_begins(*clock_)) {
      probing->probe.close(monitor_, /*is_last_step_complete=*/false);
      finish_probe(/*is_step_begin=*/true);
    }
  } else if (auto* settling = std::get_if<Settling>(&state_)) {
    if (--settling->steps > 0) return;
    if (has_settled()) {
      begin_probing(std::move(settling->probe));
    } else {
      settling->steps = 1;
    }
  } else if (auto* counting = std::get_if<Counting>(&state_)) {
    if (--counting->steps == 0) set_and_settle(std::move(counting->probe));
  } else if (round_.is_under_way()) {
    poll_round(/*is_step_begin=*/true);
  }
}

void Tuning::epoch_begin() {
  if (forked() || is_gone()) return;
  if (marks_.is_interrupted()) note_interrupted_step();
}

void Tuning::epoch_end() {
  if (forked() || is_gone()) return;
  pause("the end of an epoch");
  // Whether another rank has left meanwhile, or starts anew.
  if (is_done()) meet_ranks(/*is_step_begin=*/false);
}

void Tuning::pause(std::string_view why) {
  if (forked() || is_gone()) return;
  note_pause();
  Probe* const probe = open_probe();
  if (probe == nullptr) return;
  probe->close(monitor_, marks_.last_step_is_complete());
  if (probe->steps_left() == 0) {
    finish_probe(/*is_step_begin=*/false);
    return;
  }
  say(LogLevel::kInfo, "Profiling of {:g} W was interrupted by {}; {} of its steps are left.",
      probe->setting().power_limit.value(), why, probe->steps_left());
}

void Tuning::train_begin() {
  if (forked() || is_gone()) return;
  if (marks_.is_interrupted()) {
    note_interrupted_step();
  } else {
    // The last training has ended without saying so.
    drop_open_piece("training that begins again");
  }
  if (!std::holds_alternative<Suspended>(state_)) return;
  resume();
}

void Tuning::train_end() {
  if (forked() || is_gone()) return;
  if (marks_.is_interrupted()) {
    note_interrupted_step();
  } else {
    pause("the end of training");
  }
  suspend();
}

void Tuning::interrupt() {
  if (forked() || is_gone()) return;
  marks_.leave();
  drop_open_piece("an exception");
  suspend();
}

void Tuning::batch_size(std::int64_t size) {
  if (forked() || is_gone() || std::holds_alternative<Failed>(state_)) return;
  const std::optional<std::int64_t> before = drift_.note_batch_size(size);
  if (before) start_anew(fmt::format("the batch size changed from {} to {}", *before, size));
}

void Tuning::stop(std::string_view reason) noexcept {
  if (forked() || std::holds_alternative<Closed>(state_) ||
      std::holds_alternative<Failed>(state_)) {
    return;
  }
  if (Probe* const probe = open_probe()) probe->drop(monitor_);
  restore();
  prior_->release();  // what could not be put back stays this job's
  try {
    state_ = Failed{std::string(reason)};
    say(LogLevel::kWarning,
        "Power limit tuning has ended: {}. Training goes on at the power limits that were there "
        "before.",
        reason);
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kTuningLogger, error.what());
  }
  round_.leave(reason);
}

void Tuning::close() noexcept {
  if (forked() || std::holds_alternative<Closed>(state_)) return;
  if (Probe* const probe = open_probe()) probe->drop(monitor_);
  restore();
  prior_->release();
  try {
    state_ = Closed{describe(state_)};
  } catch (const std::exception& error) {  // no memory for a reason's words
    log(LogLevel::kWarning, kTuningLogger, error.what());
  }
}

// --- settings ----------------------------------------------------------------------------------

void Tuning::apply(const KnobSetting& setting) {
  say(LogLevel::kInfo, "Setting the power limit to {:g} W.", setting.power_limit.value());
  for (const OwnedGpu& gpu : plan_.gpus) {
    KnobSetting own = setting;
    own.power_limit = std::min(own.power_limit, gpu.ceiling);
    prior_->set(gpu.position, own);
  }
  applied_ = setting;
  applied_at_ = clock_->monotonic();
  watch_->set_mode(IdleWatch::Mode::kSearching);
}

void Tuning::restore() noexcept {
  watch_->set_mode(IdleWatch::Mode::kOff);
  const std::vector<std::string> troubles = prior_->restore();
  for (const std::string& trouble : troubles) log(LogLevel::kWarning, kTuningLogger, trouble);
  applied_.reset();
}

void Tuning::go_idle(Seconds quiet) noexcept {
  const std::lock_guard lock(idle_mutex_);
  heartbeat_.set_idle(true);
  const std::vector<std::string> troubles = prior_->restore();
  try {
    say(LogLevel::kInfo,
        "No training step for {:.0f} s: the power limits that were there before are back until the "
        "next one.",
        quiet.value());
  } catch (const std::exception& error) {
    log(LogLevel::kInfo, kTuningLogger, error.what());
  }
  for (const std::string& trouble : troubles) log(LogLevel::kWarning, kTuningLogger, trouble);
}

void Tuning::wake() {
  if (heartbeat_.is_unwatched()) watch_->resume();
  if (!heartbeat_.is_idle()) return;
  {
    const std::lock_guard lock(idle_mutex_);
    heartbeat_.set_idle(false);
  }
  pace_.drop();
  drop_open_piece("a long time without a step");
  if (auto* probing = std::get_if<Probing>(&state_)) {
    apply(probing->probe.setting());
  } else if (auto* settling = std::get_if<Settling>(&state_)) {
    apply(settling->probe.setting());
  } else if (auto* holding = std::get_if<Holding>(&state_)) {
    apply(holding->choice.setting);
    watch_->set_mode(IdleWatch::Mode::kHolding);
  }
}

bool Tuning::is_gone() {
  if (std::holds_alternative<Closed>(state_)) return true;
  if (!prior_->is_superseded()) return false;
  // The window that may be open here has a name that the later optimizer may use.
  restore();  // the GPUs that the later one does not have
  prior_->release();
  OptimizerState last = describe(state_);
  if (!std::holds_alternative<Done>(last) && !std::holds_alternative<Stopped>(last)) {
    last = Stopped{"another optimizer of this process has taken over its GPUs"};
  }
  state_ = Closed{std::move(last)};
  return true;
}

// --- probes ------------------------------------------------------------------------------------

Probe* Tuning::open_probe() {
  auto* const probing = std::get_if<Probing>(&state_);
  return probing != nullptr && probing->probe.is_open() ? &probing->probe : nullptr;
}

void Tuning::set_and_settle(Probe probe) {
  const KnobSetting setting = probe.setting();
  if (warmup_steps() > 0) {
    say(LogLevel::kInfo, "Warming up at {:g} W.", setting.power_limit.value());
  }
  apply(setting);
  if (warmup_steps() == 0 && has_settled()) {
    begin_probing(std::move(probe));
  } else {
    state_ = Settling{.probe = std::move(probe), .steps = std::max(1, warmup_steps())};
  }
}

void Tuning::begin_probing(Probe probe) {
  say(LogLevel::kInfo, "Profiling {:g} W.", probe.setting().power_limit.value());
  state_ = Probing{std::move(probe)};
  std::get<Probing>(state_).probe.open(monitor_);
}

void Tuning::finish_probe(bool is_step_begin) {
  Probe& probe = std::get<Probing>(state_).probe;
  const KnobSetting setting = probe.setting();
  if (!probe.is_enough()) {
    if (is_step_begin) probe.open(monitor_);
    return;
  }
  // Before anything is saved or sent: what was measured must be this setting's.
  for (const OwnedGpu& gpu : plan_.gpus) prior_->require_unchanged(gpu.position);
  if (const std::optional<std::string> doubt = probe.doubt()) {
    ++dropped_probes_;
    if (++doubts_in_a_row_ == kMostDoubts) throw ZeusBaseGPUError(*doubt);
    say(LogLevel::kInfo, "{:g} W is profiled again: {}.", setting.power_limit.value(), *doubt);
    state_ = Counting{.probe = make_probe(setting), .steps = 1};
    if (is_step_begin) set_and_settle(make_probe(setting));
    return;
  }
  doubts_in_a_row_ = 0;
  marks_.note_progress();
  say(LogLevel::kInfo, "Profiled {:g} W.", setting.power_limit.value());
  const ProbeResult result = probe.result();
  if (!result.is_sure) {
    say(LogLevel::kInfo,
        "The figures of {:g} W are known to {:.1f} % in time and {:.1f} % in energy, after {} "
        "steps; "
        "more of them would take too long.",
        setting.power_limit.value(), 100 * (result.time_error / result.time),
        100 * (result.energy_error / result.energy), result.steps);
  }
  round_.report(result);
  await_round(is_step_begin, result.steps);
}

// --- interruptions -----------------------------------------------------------------------------

void Tuning::note_interrupted_step() {
  marks_.note_interruption();
  drop_open_piece("a step that did not end");
}

void Tuning::drop_open_piece(std::string_view why) {
  Probe* const probe = open_probe();
  if (probe == nullptr) return;
  probe->drop(monitor_);
  say(LogLevel::kInfo, "Profiling of {:g} W was interrupted by {}; {} of its steps are left.",
      probe->setting().power_limit.value(), why, probe->steps_left());
  // The next step is the first to warm up.
  Probe kept = std::move(*probe);
  state_ = Settling{.probe = std::move(kept), .steps = warmup_steps() + 1};
}

void Tuning::suspend() {
  marks_.leave();
  pace_.drop();
  if (auto* counting = std::get_if<Counting>(&state_)) {
    enter(Suspended{std::move(*counting)});
  } else if (auto* settling = std::get_if<Settling>(&state_)) {
    enter(Suspended{Counting{.probe = std::move(settling->probe), .steps = 1}});
  } else if (auto* probing = std::get_if<Probing>(&state_)) {
    enter(Suspended{Counting{.probe = std::move(probing->probe), .steps = 1}});
  } else if (auto* between = std::get_if<BetweenProbes>(&state_)) {
    enter(Suspended{std::move(*between)});
  } else if (auto* holding = std::get_if<Holding>(&state_)) {
    enter(Suspended{std::move(*holding)});
  } else {
    return;
  }
  heartbeat_.set_idle(false);
  restore();
}

void Tuning::resume() {
  Suspended suspended = std::move(std::get<Suspended>(state_));
  std::visit([this](auto& it) { enter(std::move(it)); }, suspended.then);
  if (const auto* holding = std::get_if<Holding>(&state_)) {
    apply(holding->choice.setting);
    watch_->set_mode(IdleWatch::Mode::kHolding);
  }
}

}  // namespace zeus
