// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/rank_round.h"

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/optimizer/tuning_log.h"

namespace zeus {
namespace {

using Json = nlohmann::json;

// What a rank says in an exchange.
struct Starts {  // anew
  std::string reason;
  bool is_around_choice = false;
};
struct Holds {};
struct Obeys {};  // a rank other than 0, where rank 0 decides
struct Leaves {
  std::string reason;
};
using Message = std::variant<ProbeResult, Starts, Holds, ProbeNext, Choose, Obeys, Leaves>;

Json to_json(const KnobSetting& setting) {
  Json json{{"power_limit_mw", to_milliwatts(setting.power_limit)}};
  if (setting.locked_clock) json["locked_clock_mhz"] = setting.locked_clock->value();
  return json;
}

KnobSetting setting_from(const Json& json) {
  KnobSetting setting{.power_limit = from_milliwatts(json.at("power_limit_mw").get<std::int64_t>()),
                      .locked_clock = std::nullopt};
  if (json.contains("locked_clock_mhz")) {
    setting.locked_clock = MegaHertz(json.at("locked_clock_mhz").get<double>());
  }
  return setting;
}

struct ToJson {
  Json operator()(const ProbeResult& it) const {
    return {{"kind", "result"},
            {"setting", to_json(it.setting)},
            {"energy_j", it.energy.value()},
            {"time_s", it.time.value()},
            {"energy_error_j", it.energy_error.value()},
            {"time_error_s", it.time_error.value()},
            {"steps", it.steps},
            {"long_share", it.long_steps.share},
            {"long_times", it.long_steps.times},
            {"long_counted", it.long_steps.are_counted},
            {"drifts", it.drifts},
            {"sure", it.is_sure}};
  }
  Json operator()(const Starts& it) const {
    return {{"kind", "anew"}, {"reason", it.reason}, {"around_choice", it.is_around_choice}};
  }
  Json operator()(const Holds& /*it*/) const { return {{"kind", "holds"}}; }
  Json operator()(const ProbeNext& it) const {
    return {{"kind", "probe"}, {"setting", to_json(it.setting)}};
  }
  Json operator()(const Choose& it) const {
    return {{"kind", "choose"}, {"setting", to_json(it.setting)}, {"reason", it.reason}};
  }
  Json operator()(const Obeys& /*it*/) const { return {{"kind", "obeys"}}; }
  Json operator()(const Leaves& it) const { return {{"kind", "leaves"}, {"reason", it.reason}}; }
};

// Reasons are people's words and may have any bytes.
std::string encode_message(const Message& message) {
  return std::visit(ToJson(), message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Message message_from(const Json& json) {
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "result") {
    return ProbeResult{.setting = setting_from(json.at("setting")),
                       .energy = Joules(json.at("energy_j").get<double>()),
                       .time = Seconds(json.at("time_s").get<double>()),
                       .energy_error = Joules(json.at("energy_error_j").get<double>()),
                       .time_error = Seconds(json.at("time_error_s").get<double>()),
                       .steps = json.at("steps").get<int>(),
                       .long_steps = {.share = json.at("long_share").get<double>(),
                                      .times = json.at("long_times").get<double>(),
                                      .are_counted = json.at("long_counted").get<bool>()},
                       .drifts = json.at("drifts").get<bool>(),
                       .is_sure = json.at("sure").get<bool>()};
  }
  if (kind == "anew")
    return Starts{.reason = json.at("reason").get<std::string>(),
                  .is_around_choice = json.at("around_choice").get<bool>()};
  if (kind == "holds") return Holds{};
  if (kind == "probe") return ProbeNext{setting_from(json.at("setting"))};
  if (kind == "choose") {
    return Choose{.setting = setting_from(json.at("setting")),
                  .reason = json.at("reason").get<std::string>()};
  }
  if (kind == "obeys") return Obeys{};
  if (kind == "leaves") return Leaves{json.at("reason").get<std::string>()};
  throw ZeusCommunicatorError("a message of an unknown kind: " + kind);
}

Message decode_message(std::string_view text) {
  try {
    return message_from(Json::parse(text));
  } catch (const Json::exception& error) {
    throw ZeusCommunicatorError(
        fmt::format("a message that another rank did not send: {}", error.what()));
  }
}

[[noreturn]] void throw_out_of_step(std::size_t rank) {
  throw ZeusCommunicatorError(
      fmt::format("rank {} is out of step with the others: it sent something else", rank));
}

}  // namespace

std::string encode(const SearchDecision& decision) {
  return std::visit([](const auto& it) { return encode_message(it); }, decision);
}

SearchDecision decode_decision(std::string_view text) {
  const Message message = decode_message(text);
  if (const auto* probe = std::get_if<ProbeNext>(&message)) return *probe;
  if (const auto* choose = std::get_if<Choose>(&message)) return *choose;
  throw ZeusCommunicatorError("a message that is no decision");
}

// One exchange under way. A job of one process needs no communicator: its own message is all.
class RankRound::Exchange {
 public:
  Exchange(Communicator& communicator, Message mine)
      : world_size_(static_cast<std::size_t>(communicator.world_size())) {
    if (world_size_ == 1) {
      messages_.push_back(std::move(mine));
    } else {
      pending_ = communicator.exchange(encode_message(mine));
    }
  }

  // Every rank's message, in rank order; nothing while one is missing. Throws ZeusCommunicatorError
  // as soon as one is known to leave.
  const std::vector<Message>* poll() {
    if (messages_.empty()) {
      const std::optional<std::vector<std::string>> texts = pending_->poll();
      if (!texts) {
        look_for_leavers();
        return nullptr;
      }
      for (const std::string& text : *texts) messages_.push_back(decode_message(text));
      for (std::size_t rank = 0; rank < messages_.size(); ++rank) {
        throw_if_leaving(rank, messages_[rank]);
      }
    }
    return &messages_;
  }

 private:
  void look_for_leavers() {
    for (std::size_t rank = 0; rank < world_size_; ++rank) {
      const std::optional<std::string> text = pending_->poll(static_cast<int>(rank));
      if (text) throw_if_leaving(rank, decode_message(*text));
    }
  }

  static void throw_if_leaving(std::size_t rank, const Message& message) {
    const auto* const leaves = std::get_if<Leaves>(&message);
    if (leaves == nullptr) return;
    throw ZeusCommunicatorError(
        fmt::format("another rank's tuning has ended (rank {}: {})", rank, leaves->reason));
  }

  std::size_t world_size_;
  std::unique_ptr<PendingMessages> pending_;
  std::vector<Message> messages_;
};

RankRound::RankRound(std::shared_ptr<Communicator> communicator)
    : communicator_(std::move(communicator)) {}

RankRound::~RankRound() = default;

void RankRound::report(const ProbeResult& mine) {
  parts_ = std::make_unique<Exchange>(*communicator_, mine);
  // The others' part in the decision is known already: sent now, it saves them a step.
  if (communicator_->rank() != 0) decision_ = std::make_unique<Exchange>(*communicator_, Obeys{});
}

void RankRound::start_anew(std::string_view reason, bool is_around_choice) {
  parts_ = std::make_unique<Exchange>(
      *communicator_, Starts{.reason = std::string(reason), .is_around_choice = is_around_choice});
  if (communicator_->rank() != 0) decision_ = std::make_unique<Exchange>(*communicator_, Obeys{});
}

void RankRound::hold() { parts_ = std::make_unique<Exchange>(*communicator_, Holds{}); }

bool RankRound::is_under_way() const { return parts_ || result_ || !anew_.empty(); }

std::optional<RoundOutcome> RankRound::poll(const Decide& decide) {
  if (parts_) {
    const std::vector<Message>* const messages = parts_->poll();
    if (messages == nullptr) return std::nullopt;
    std::vector<ProbeResult> results;
    bool all_hold = true;
    for (std::size_t rank = 0; rank < messages->size(); ++rank) {
      const Message& message = (*messages)[rank];
      if (!std::holds_alternative<Holds>(message)) all_hold = false;
      if (const auto* result = std::get_if<ProbeResult>(&message)) {
        if (!results.empty() && result->setting != results.front().setting) throw_out_of_step(rank);
        results.push_back(*result);
      } else if (const auto* starts = std::get_if<Starts>(&message)) {
        // Who wants a search of all limits gets it.
        if (anew_.empty() || !starts->is_around_choice || is_around_choice_) {
          anew_ = starts->reason;
          is_around_choice_ = starts->is_around_choice;
        }
      } else if (!std::holds_alternative<Holds>(message)) {
        throw_out_of_step(rank);
      }
    }
    if (all_hold) {
      parts_.reset();
      return AllHold{};
    }
    if (anew_.empty()) {
      if (results.size() != messages->size()) throw_out_of_step(0);
      result_ = combine(results);
    }
    parts_.reset();
  }
  if (!is_under_way()) return std::nullopt;
  return conclude(decide);
}

std::optional<RoundOutcome> RankRound::conclude(const Decide& decide) {
  if (!decision_) {
    if (communicator_->rank() == 0) {
      const SearchDecision decided = decide(result_);
      decision_ = std::make_unique<Exchange>(
          *communicator_, std::visit([](const auto& it) { return Message(it); }, decided));
    } else {  // held, and another rank started anew
      decision_ = std::make_unique<Exchange>(*communicator_, Obeys{});
    }
  }
  const std::vector<Message>* const messages = decision_->poll();
  if (messages == nullptr) return std::nullopt;
  const Message& said = messages->front();
  SearchDecision decision;
  if (const auto* probe = std::get_if<ProbeNext>(&said)) {
    decision = *probe;
  } else if (const auto* choose = std::get_if<Choose>(&said)) {
    decision = *choose;
  } else {
    throw_out_of_step(0);
  }
  decision_.reset();
  if (!anew_.empty()) {
    result_.reset();
    return StartedAnew{.reason = std::exchange(anew_, {}),
                       .is_around_choice = is_around_choice_,
                       .decision = std::move(decision)};
  }
  return Measured{.result = *std::exchange(result_, std::nullopt), .decision = std::move(decision)};
}

void RankRound::leave(std::string_view reason) noexcept {
  try {
    // Not awaited. Where rank 0 owes the others a decision, this takes its place; otherwise it
    // takes the place of this rank's part in the next round.
    Exchange{*communicator_, Leaves{std::string(reason)}};
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kTuningLogger,
        fmt::format("The other ranks could not be told: {}", error.what()));
  }
}

}  // namespace zeus
