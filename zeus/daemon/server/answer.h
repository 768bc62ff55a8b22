// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a client gets.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

namespace zeus::daemon {

// Server-sent events, for as long as the client listens.
class EventStream {
 public:
  EventStream() = default;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  virtual ~EventStream() = default;

  // Waits for the next events, as they go over the wire; empty: there are no more. `stop`: the
  // daemon ends.
  virtual std::string next(const std::stop_token& stop) = 0;
};

struct Answer {
  int status = 200;
  std::string body = "{}";
  std::string type = "application/json";
  std::unique_ptr<EventStream> stream{};  // instead of the body
};

// {"error": "…"}
[[nodiscard]] Answer error_answer(int status, const std::string& sentence);

}  // namespace zeus::daemon
