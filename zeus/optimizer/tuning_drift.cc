// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a Tuning does while it holds a choice: it watches whether the job changes. The watch's
// thread asks a step to look now and then; between looks a step costs what it costs without.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "zeus/optimizer/tuning.h"

namespace zeus {

bool Tuning::is_done() const {
  const auto* const holding = std::get_if<Holding>(&state_);
  return holding != nullptr && holding->is_confirmed;
}

// Rank 0 watches for all: a step that gets longer on one rank does so on all of them.
bool Tuning::watches_drift() const {
  return plan_.retune && is_first_rank_ && std::holds_alternative<Holding>(state_);
}

// A GPU without an energy counter would need a thread that samples its power: only the time of
// steps is watched where one has none.
void Tuning::make_pace() {
  if (!plan_.retune || !is_first_rank_) return;
  std::vector<std::shared_ptr<EnergyReader>> readers;
  for (const OwnedGpu& gpu : plan_.gpus) {
    const VisibleGpu& visible = monitor_.gpus()[gpu.position];
    if (!visible.gpu->info().has.energy_counter) return;
    readers.push_back(make_energy_reader(visible, visible.gpu->info().counter_period, clock_));
  }
  pace_ = JobPace(std::move(readers));
}

void Tuning::add_figures(const PaceFigures& figures) {
  if (figures.step) drift_.add_step_time(*figures.step);
  if (figures.power) drift_.add_power(*figures.power);
}

void Tuning::look(bool is_step_begin) {
  if (watches_drift()) add_figures(pace_.look(clock_->monotonic(), heartbeat_.steps()));
  meet_ranks(is_step_begin);
}

void Tuning::note_pause() {
  if (!watches_drift()) return;
  if (heartbeat_.marks_begins()) {
    add_figures(pace_.pause(clock_->monotonic(), heartbeat_.steps()));
  } else {
    pace_.drop();  // nobody knows when the step under way began, or whether one did
  }
  heartbeat_.ask_for_look();  // where the next stretch begins
}

std::optional<std::string> Tuning::reason_to_retune() const {
  if (!watches_drift() || clock_->monotonic() - held_since_ < plan_.retune->interval) {
    return std::nullopt;
  }
  return drift_.change();
}

// A round while holding: the ranks see that all are there, and rank 0 may say that the search
// starts anew. All start in the round in which it says so; until then the choice stays.
void Tuning::meet_ranks(bool is_step_begin) {
  const std::optional<std::string> why = reason_to_retune();
  if (!round_.is_under_way() && !why && world_size_ > 1) round_.hold();
  if (round_.is_under_way()) poll_round(is_step_begin);
  if (!why || round_.is_under_way() || !std::holds_alternative<Holding>(state_)) return;
  // A limit that somebody else has set meanwhile is theirs, and may be what has changed.
  for (const OwnedGpu& gpu : plan_.gpus) prior_->require_unchanged(gpu.position);
  round_.start_anew(*why, /*is_around_choice=*/true);
  poll_round(is_step_begin);
}

void Tuning::begin_search(bool is_around_choice) {
  is_retuning_ = is_around_choice && plan_.retune && last_choice_;
  strategy_ =
      is_retuning_ ? plan_.retune->strategy(last_choice_->setting.power_limit) : plan_.strategy;
}

}  // namespace zeus
