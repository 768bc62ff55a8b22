// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the ranks of one training job agree. The contract is one operation in two forms: every rank
// gets every rank's message. gather() waits for them, with a time limit, and is for construction;
// exchange() never waits, so that training goes on meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/units.h"

namespace zeus {

/// An exchange under way. Letting it go withdraws nothing: the other ranks still get the message.
class PendingMessages {
 public:
  PendingMessages() = default;
  PendingMessages(const PendingMessages&) = delete;
  PendingMessages& operator=(const PendingMessages&) = delete;
  virtual ~PendingMessages() = default;

  /// Every rank's message, in rank order, once every rank has sent its own; nothing before. Once
  /// complete it stays so. Never blocks, and is cheap enough for every step. Throws
  /// ZeusCommunicatorError when it can never complete.
  virtual std::optional<std::vector<std::string>> poll() = 0;

  /// One rank's message as soon as it has arrived, whoever else is missing, so that a rank that
  /// leaves is heard at once. May return nothing until all messages are there: as here. Never
  /// blocks. Throws as poll() does.
  virtual std::optional<std::string> poll(int rank);
};

class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int world_size() const = 0;

  /// Collective: returns every rank's text, in rank order. If a rank does not call within
  /// `timeout`, all ranks throw the same ZeusCommunicatorError, which names that rank.
  virtual std::vector<std::string> gather(const std::string& mine, Seconds timeout) = 0;

  /// Sends a small message (any bytes) to every rank and returns at once, whether or not the others
  /// are there. The n-th call of a rank pairs with the n-th of every other; a rank may be any
  /// number of calls ahead. Throws ZeusCommunicatorError when nothing can be sent any more.
  virtual std::unique_ptr<PendingMessages> exchange(std::string mine) = 0;
};

}  // namespace zeus
