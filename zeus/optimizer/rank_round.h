// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the ranks of a job search together. Each probe is a round: every rank reports what it
// measured, rank 0 decides what is next, all obey. A rank may also say that the search must start
// anew, and one that fails says that it leaves: the others see it and stop too. After the last
// decision each rank says that it holds the setting. Hides messages and counting; nothing blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/optimizer/probe_result.h"
#include "zeus/optimizer/search_strategy.h"

namespace zeus {

// A round in which every rank measured: the job's result and rank 0's decision.
struct Measured {
  ProbeResult result;
  SearchDecision decision;
};

// A round in which a rank asked for the search to start anew: what was measured so far is void.
struct StartedAnew {
  std::string reason;
  bool is_around_choice = false;  // all who asked want it to begin where the choice was
  SearchDecision decision;
};

// Every rank holds the setting that was chosen.
struct AllHold {};

using RoundOutcome = std::variant<Measured, StartedAnew, AllHold>;

// Rank 0's part. `result`: the job's of this round; nothing where the search starts anew. What it
// throws ends the tuning of all ranks.
using Decide = std::function<SearchDecision(const std::optional<ProbeResult>& result)>;

class RankRound {
 public:
  explicit RankRound(std::shared_ptr<Communicator> communicator);
  RankRound(const RankRound&) = delete;
  RankRound& operator=(const RankRound&) = delete;
  ~RankRound();

  // This rank's part in the next round, one of them. Throw ZeusCommunicatorError.
  void report(const ProbeResult& mine);
  void start_anew(std::string_view reason, bool is_around_choice = false);
  void hold();

  // Whether this rank has said its part and has not yet seen the outcome.
  [[nodiscard]] bool is_under_way() const;
  // Whether all that is missing is the decision.
  [[nodiscard]] bool awaits_decision() const { return is_under_way() && !parts_; }

  // For `decide`, where the search starts anew: StartedAnew::is_around_choice.
  [[nodiscard]] bool starts_around_choice() const { return is_around_choice_; }

  // The outcome of the round under way, once it is there; then the next may begin. Throws
  // ZeusCommunicatorError where a rank has left, and what `decide` throws.
  std::optional<RoundOutcome> poll(const Decide& decide);

  // Says that this rank's tuning has ended. Throws nothing; to be called once, at the end.
  void leave(std::string_view reason) noexcept;

 private:
  class Exchange;

  void begin(std::string message);
  std::optional<RoundOutcome> conclude(const Decide& decide);

  std::shared_ptr<Communicator> communicator_;
  std::unique_ptr<Exchange> parts_;     // what each rank says of this round
  std::unique_ptr<Exchange> decision_;  // what rank 0 decides
  std::optional<ProbeResult> result_;   // the job's, between the two
  std::string anew_;                    // why the search starts anew, between the two
  bool is_around_choice_ = false;
};

// A decision as text, and back, for messages between ranks. Throws ZeusCommunicatorError for what
// is none.
[[nodiscard]] std::string encode(const SearchDecision& decision);
[[nodiscard]] SearchDecision decode_decision(std::string_view text);

}  // namespace zeus
