// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/mpi_gather.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <optional>
#include <thread>

#include "zeus/communicator/mpi_call.h"
#include "zeus/communicator/mpi_outbox.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

enum class Kind : std::int32_t {
  kLeaderIsHere,  // rank 0 to each
  kHere,          // to rank 0, in answer: bound by what it decides
  kGaveUp,        // to rank 0, instead: waited in vain; `text` says what for
  kSendTexts,     // rank 0 to each: all are here
  kTexts,         // rank 0 to each: the texts follow
  kFailed,        // rank 0 to each: `text` says why
};

// Small enough to be sent without the receiver's help (MPI's eager protocol), by any MPI there is.
struct Word {
  std::int64_t number = 0;
  Kind kind = Kind::kHere;
  double patience = 0;  // kHere: seconds that it still waits
  std::array<char, 480> text{};
};

constexpr std::size_t kNamedRanks = 8;

// All ranks run one program on one kind of machine.
template <class Value>
std::string as_bytes(const Value& value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

template <class Value>
Value from_bytes(const std::string& bytes, std::size_t begin) {
  Value value;
  std::memcpy(&value, bytes.data() + begin, sizeof(value));
  return value;
}

SteadyTime in(Seconds time) {
  // Longer than any job, shorter than what a time point holds.
  const double seconds = std::min(time.value(), 1e8);
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(
             std::chrono::duration<double>(seconds));
}

Seconds until(SteadyTime time) {
  const auto left = std::chrono::duration<double>(time - std::chrono::steady_clock::now());
  return Seconds(std::max(left.count(), 0.0));
}

std::string named(const std::vector<int>& ranks) {
  if (ranks.size() == 1) return fmt::format("rank {}", ranks.front());
  const std::size_t count = ranks.size() <= kNamedRanks ? ranks.size() - 1 : kNamedRanks;
  const auto rest = ranks.size() - count;
  const auto first = ranks.begin();
  return fmt::format("ranks {} and {}",
                     fmt::join(first, first + static_cast<std::ptrdiff_t>(count), ", "),
                     rest == 1 ? std::to_string(ranks.back()) : fmt::format("{} more", rest));
}

class Meeting {
 public:
  Meeting(const MpiGather& gather, Seconds timeout)
      : gather_(gather), timeout_(timeout), deadline_(in(timeout)) {
    check_mpi(MPI_Comm_rank(gather.ranks, &rank_), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(gather.ranks, &size_), "MPI_Comm_size");
  }

  std::vector<std::string> hold(const std::string& mine) {
    if (size_ == 1) return {mine};
    return rank_ == 0 ? lead(mine) : follow(mine);
  }

 private:
  // Rank 0's part.
  std::vector<std::string> lead(const std::string& mine) {
    try {
      say_to_all(Kind::kLeaderIsHere);
      await_all();
      say_to_all(Kind::kSendTexts);
      std::vector<std::string> texts = collect_texts(mine);
      say_to_all(Kind::kTexts);
      send_texts(texts);
      return texts;
    } catch (const ZeusCommunicatorError& error) {
      say_to_all(Kind::kFailed, error.what());
      throw;
    }
  }

  void await_all() {
    std::vector<int> missing(static_cast<std::size_t>(size_ - 1));
    std::iota(missing.begin(), missing.end(), 1);
    wait_for([&] {
      std::erase_if(missing, [this](int rank) { return is_here(rank); });
      return missing.empty();
    });
    if (!missing.empty()) throw ZeusCommunicatorError(missed(missing));
  }

  bool is_here(int rank) {
    const std::optional<Word> word = hear(rank);
    if (!word) return false;
    if (word->kind == Kind::kGaveUp) throw ZeusCommunicatorError(word->text.data());
    deadline_ = std::min(deadline_, in(Seconds(word->patience)));
    return true;
  }

  std::vector<std::string> collect_texts(const std::string& mine) {
    deadline_ = in(timeout_);
    std::vector<std::string> texts(static_cast<std::size_t>(size_));
    texts.front() = mine;
    for (int rank = 1; rank < size_; ++rank) {
      std::optional<std::string> text;
      wait_for([&] { return (text = receive_text(rank)).has_value(); });
      if (!text) throw gone(rank);
      texts[static_cast<std::size_t>(rank)] = *std::move(text);
    }
    return texts;
  }

  void send_texts(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += as_bytes(text.size()) + text;
    for (int rank = 1; rank < size_; ++rank) send_text(all, rank);
    // Who doesn't take them in time is lost to the others as to this one.
    wait_for([this] { return outbox_.is_empty(); });
  }

  // Every other rank's part.
  std::vector<std::string> follow(const std::string& mine) {
    if (!await_word()) {
      const std::string reason = missed({0});
      say(0, Kind::kGaveUp, reason);
      throw ZeusCommunicatorError(reason);
    }
    say(0, Kind::kHere);
    await_verdict(Kind::kSendTexts);
    send_text(mine, 0);
    await_verdict(Kind::kTexts);
    std::optional<std::string> all;
    wait_for([&] { return (all = receive_text(0)).has_value(); });
    if (!all) throw gone(0);
    std::vector<std::string> texts;
    for (std::size_t begin = 0; begin < all->size();) {
      const auto length = from_bytes<std::size_t>(*all, begin);
      texts.push_back(all->substr(begin + sizeof(length), length));
      begin += sizeof(length) + length;
    }
    return texts;
  }

  void await_verdict(Kind expected) {
    // Rank 0 has a time limit of its own, that of the most impatient: it is only gone after that.
    deadline_ = std::max(deadline_, in(timeout_)) + std::chrono::seconds(1);
    std::optional<Word> word = await_word();
    if (!word) throw gone(0);
    if (word->kind == Kind::kFailed) throw ZeusCommunicatorError(word->text.data());
    if (word->kind != expected) throw ZeusCommunicatorError("rank 0 says what is not expected");
  }

  std::optional<Word> await_word() {
    std::optional<Word> word;
    wait_for([&] { return (word = hear(0)).has_value(); });
    return word;
  }

  static ZeusCommunicatorError gone(int rank) {
    return ZeusCommunicatorError(fmt::format("rank {} does not answer any more", rank));
  }

  std::string missed(const std::vector<int>& ranks) const {
    return fmt::format(
        "{} did not {} within {:g} s; see whether it has failed before, or wait longer",
        named(ranks), gather_.act, timeout_.value());
  }

  void say_to_all(Kind kind, const std::string& text = {}) {
    for (int rank = 1; rank < size_; ++rank) say(rank, kind, text);
  }

  void say(int to, Kind kind, const std::string& text = {}) {
    Word word{.number = gather_.number, .kind = kind, .patience = until(deadline_).value()};
    text.copy(word.text.data(), word.text.size() - 1);
    outbox_.send(&word, sizeof(word), to, gather_.words_tag, gather_.ranks);
  }

  // The next word of this gathering that has come from there. Those of earlier ones, which this
  // rank or that one left, are dropped.
  std::optional<Word> hear(int from) {
    while (const std::optional<std::string> bytes = receive(from, gather_.words_tag)) {
      if (bytes->size() != sizeof(Word)) continue;  // not one of ours
      const Word word = from_bytes<Word>(*bytes, 0);
      if (word.number == gather_.number) return word;
    }
    return std::nullopt;
  }

  void send_text(const std::string& text, int to) {
    const std::string message = as_bytes(gather_.number) + text;
    outbox_.send(message.data(), message.size(), to, gather_.texts_tag, gather_.ranks);
  }

  std::optional<std::string> receive_text(int from) {
    while (std::optional<std::string> message = receive(from, gather_.texts_tag)) {
      if (message->size() < sizeof(gather_.number)) continue;
      const auto number = from_bytes<std::int64_t>(*message, 0);
      if (number == gather_.number) return message->substr(sizeof(number));
    }
    return std::nullopt;
  }

  // A message that has come, if one has.
  std::optional<std::string> receive(int from, int tag) {
    int has_come = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check_mpi(MPI_Improbe(from, tag, gather_.ranks, &has_come, &message, &status), "MPI_Improbe");
    if (has_come == 0) return std::nullopt;
    int size = 0;
    check_mpi(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    check_mpi(MPI_Mrecv(bytes.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
    return bytes;
  }

  // Until it is so or the deadline, which may move, has passed. Looks often at first: others mostly
  // come at the same time.
  template <class Claim>
  void wait_for(Claim is_so) {
    auto pause = std::chrono::microseconds(20);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() >= deadline_) return;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 3 / 2, std::chrono::microseconds(5000));
    }
  }

  const MpiGather& gather_;
  Seconds timeout_;
  SteadyTime deadline_;
  MpiOutbox outbox_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

std::vector<std::string> mpi_gather(const MpiGather& gather, const std::string& mine,
                                    Seconds timeout) {
  return Meeting(gather, timeout).hold(mine);
}

}  // namespace zeus
