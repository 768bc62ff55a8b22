// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What an optimizer says of itself, for people and programs that follow it. Whoever shows it
// derives nothing by itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zeus/device/knob.h"
#include "zeus/optimizer/probe_result.h"
#include "zeus/optimizer/search_gain.h"

namespace zeus {

// How far the search is.
struct TuningProgress {
  int probes_done = 0;
  int probes_expected = 0;  // with those that are done
  int steps_left = 0;     // step begins until the search is over, as far as is known; 0 when it is
  KnobSetting setting{};  // what is set now; where the prior settings are back, the highest
  std::string stopped_because{};  // empty unless the tuning has ended by a failure
};

// What came of it.
struct TuningReport {
  std::vector<ProbeResult> probes;  // the job's, in the order of measuring
  KnobSetting prior;                // the user's setting: where they differ, the highest
  std::optional<KnobSetting> choice;
  std::string choice_reason;       // in one line; empty without a choice
  std::optional<SearchGain> gain;  // of a choice that was measured
  std::string stopped_because;     // empty unless the tuning has ended by a failure
  int dropped_probes = 0;          // that were measured again, because their figures were doubtful
  int restarts = 0;                // of the search, because the job changed
};

}  // namespace zeus
