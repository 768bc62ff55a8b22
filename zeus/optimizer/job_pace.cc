// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/job_pace.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

#include "zeus/optimizer/step_statistics.h"

namespace zeus {

PaceFigures JobPace::look(Seconds now, std::uint32_t steps) {
  PaceFigures figures;
  if (piece_ && piece_->steps != steps) {
    figures.step = end_piece(now, steps);
    has_whole_piece_ = true;
  }
  piece_ = Piece{.since = now, .steps = steps};
  if (!draw_) {
    if (now >= next_reading_) begin_draw(now);
  } else if (now - draw_->since >= rules_.minute) {
    figures.power = end_draw(now);
  }
  return figures;
}

PaceFigures JobPace::pause(Seconds now, std::uint32_t steps) {
  PaceFigures figures;
  // Programs may evaluate before they say that an epoch has ended: the piece that a pause ends
  // counts only where an epoch has no other.
  if (!std::exchange(has_whole_piece_, false) && piece_) figures.step = end_piece(now, steps + 1);
  piece_.reset();
  if (!draw_) return figures;
  const Seconds began = draw_->since;
  if (now - began < rules_.shortest_draw) {
    next_reading_ = began + rules_.minute;
  } else {
    figures.power = end_draw(now);
    next_reading_ = began + 2 * rules_.minute;
  }
  draw_.reset();
  return figures;
}

void JobPace::drop() {
  piece_.reset();
  has_whole_piece_ = false;
  if (draw_) next_reading_ = draw_->since + rules_.minute;
  draw_.reset();
}

void JobPace::restart() {
  drop();
  step_times_.clear();
}

std::optional<Seconds> JobPace::end_piece(Seconds now, std::uint32_t steps) {
  if (step_times_.empty()) minute_began_ = piece_->since;
  const std::uint32_t count = steps - piece_->steps;
  step_times_.push_back((now - piece_->since).value() / count);
  if (now - minute_began_ < rules_.minute ||
      std::cmp_less(step_times_.size(), rules_.least_pieces)) {
    return std::nullopt;
  }
  const Seconds step(median(step_times_));
  step_times_.clear();
  return step > Seconds(0) ? std::optional(step) : std::nullopt;
}

void JobPace::begin_draw(Seconds now) {
  if (readers_.empty()) return;
  Draw draw{.since = now, .readings = {}};
  try {
    for (const auto& reader : readers_) draw.readings.push_back(reader->read(now));
  } catch (const std::exception&) {
    next_reading_ = now + rules_.minute;
    return;
  }
  draw_ = std::move(draw);
}

std::optional<Watts> JobPace::end_draw(Seconds now) {
  const Draw before = std::move(*draw_);
  draw_.reset();
  Draw next{.since = now, .readings = {}};
  Joules energy;
  try {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      next.readings.push_back(readers_[i]->read_after(before.readings[i], now));
      energy += next.readings.back().energy - before.readings[i].energy;
    }
  } catch (const std::exception&) {
    next_reading_ = now + rules_.minute;
    return std::nullopt;
  }
  draw_ = std::move(next);
  return energy > Joules(0) ? std::optional(energy / (now - before.since)) : std::nullopt;
}

}  // namespace zeus
