// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How long a job's steps take and what its GPUs draw while a choice is held, one figure of each a
// minute. It is shown a step's beginning now and then, a few times a minute, and each pause; the
// steps between are counted by the heartbeat, so that they cost nothing. An energy counter is read
// once a minute at most. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "zeus/monitor/energy_reader.h"
#include "zeus/units.h"

namespace zeus {

struct PaceRules {
  Seconds minute{60};
  // A minute's step time is the median of at least so many pieces', each from one look to the next:
  // an evaluation that nobody reports, a checkpoint or a stall spoils one or two of them.
  int least_pieces = 3;
  // A pause ends the measuring of power; what was measured counts if it is at least so long.
  Seconds shortest_draw{15};
};

/// What is known now of the minute that has passed.
struct PaceFigures {
  std::optional<Seconds> step;
  std::optional<Watts> power;  // of all GPUs together
};

class JobPace {
 public:
  // `readers`: of the GPUs whose power is watched; empty: only time is.
  explicit JobPace(std::vector<std::shared_ptr<EnergyReader>> readers = {},
                   const PaceRules& rules = {})
      : readers_(std::move(readers)), rules_(rules) {}

  // A step begins, as the `steps`-th (any origin; may wrap). Throws nothing: a counter that can't
  // be read costs a figure.
  [[nodiscard]] PaceFigures look(Seconds now, std::uint32_t steps);
  // The step that began last, as the `steps`-th, has ended, and what follows is no training.
  [[nodiscard]] PaceFigures pause(Seconds now, std::uint32_t steps);
  // What is under way does not count.
  void drop();
  // Nothing of what was seen counts: another choice is held.
  void restart();

 private:
  struct Piece {
    Seconds since;
    std::uint32_t steps = 0;
  };
  struct Draw {
    Seconds since;
    std::vector<EnergyReading> readings;
  };

  [[nodiscard]] std::optional<Seconds> end_piece(Seconds now, std::uint32_t steps);
  void begin_draw(Seconds now);
  // The power since its beginning. Begins the next.
  [[nodiscard]] std::optional<Watts> end_draw(Seconds now);

  std::vector<std::shared_ptr<EnergyReader>> readers_;
  PaceRules rules_;
  std::optional<Piece> piece_;
  bool has_whole_piece_ = false;  // since the last pause
  Seconds minute_began_;
  std::vector<double> step_times_;  // of the pieces of the minute under way
  std::optional<Draw> draw_;
  Seconds next_reading_;
};

}  // namespace zeus
