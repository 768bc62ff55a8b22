// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What a connection's thread may use. Little of it is ever touched.
constexpr std::size_t kStack = 524'288;
constexpr std::size_t kStreamBlock = 4096;
// A client that doesn't read what it asked for.
constexpr unsigned kStalledSeconds = 90;

constexpr std::int64_t kNever = 0;

std::int64_t in(milliseconds wait) {
  return std::chrono::duration_cast<milliseconds>((steady_clock::now() + wait).time_since_epoch())
      .count();
}

struct Connection {
  Caller caller;
  int socket = -1;
  bool is_identified = false;                  // its process; only its own thread asks
  std::atomic<std::int64_t> deadline{kNever};  // of the request that is awaited
};

// One request, from its first line to the end of its answer.
struct Exchange {
  std::string target;
  std::size_t body = 0;
  bool has_begun = false;
  bool is_answered = false;
};

struct Stream {
  std::unique_ptr<EventStream> events;
  std::stop_token stop;
  std::string waiting;  // to be sent
};

}  // namespace

class HttpServer::State {
 public:
  State(int socket, const HttpLimits& limits, HttpHandlers handlers)
      : limits_(limits), handlers_(std::move(handlers)) {
    // The library closes the one that it was given.
    listening_ = ::fcntl(socket, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    daemon_ = ::MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_ITC,
        0, nullptr, nullptr, &State::on_request, this,  //
        MHD_OPTION_LISTEN_SOCKET, listening_,           //
        MHD_OPTION_CONNECTION_LIMIT, limits_.connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        limits_.connection_memory, MHD_OPTION_CONNECTION_TIMEOUT, kStalledSeconds,
        MHD_OPTION_THREAD_STACK_SIZE, kStack,                      //
        MHD_OPTION_URI_LOG_CALLBACK, &State::on_first_line, this,  //
        MHD_OPTION_NOTIFY_COMPLETED, &State::on_completed, this,   //
        MHD_OPTION_NOTIFY_CONNECTION, &State::on_connection, this, MHD_OPTION_END);
    if (daemon_ == nullptr) {
      const int error = errno;
      ::close(listening_);
      throw ZeusFileError("cannot serve HTTP: " + std::generic_category().message(error));
    }
    clock_ = std::jthread([this](const std::stop_token& stop) { end_slow_ones(stop); });
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    stop_listening();
    clock_ = {};
    ::MHD_stop_daemon(daemon_);
  }

  void stop_listening() {
    stop_.request_stop();
    if (listening_ < 0) return;
    ::MHD_quiesce_daemon(daemon_);
    ::close(std::exchange(listening_, -1));
  }

  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  static State& of(void* self) { return *static_cast<State*>(self); }

  static Connection* connection_of(MHD_Connection* connection) {
    const MHD_ConnectionInfo* const info =
        ::MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != nullptr ? static_cast<Connection*>(info->socket_context) : nullptr;
  }

  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      *context = of(self).connect(connection);
    } else if (*context != nullptr) {
      of(self).disconnect(static_cast<Connection*>(std::exchange(*context, nullptr)));
    }
  }

  Connection* connect(MHD_Connection* connection) {
    auto made = std::make_unique<Connection>();
    made->socket =
        ::MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    // No more than that: all who connect wait for this thread.
    made->caller.peer = identify_user(made->socket);
    made->deadline = in(limits_.first_request);
    const unsigned user = made->caller.peer.user;
    const std::lock_guard lock(mutex_);
    made->caller.connection = ++counts_.taken;
    ++counts_.connections;
    connections_.insert(made.get());
    if (++of_user_[user] > limits_.connections_per_user && user != 0) {
      ++counts_.too_many;
      ::shutdown(made->socket, SHUT_RDWR);  // seen as its end by the connection's thread
    }
    if (earliest_ == kNever || made->deadline < earliest_) sooner_.notify_all();
    return made.release();
  }

  void disconnect(Connection* connection) {
    const std::unique_ptr<Connection> owner(connection);
    {
      const std::lock_guard lock(mutex_);
      connections_.erase(connection);
      --counts_.connections;
      const auto user = of_user_.find(connection->caller.peer.user);
      if (--user->second == 0) of_user_.erase(user);
    }
    handlers_.on_disconnect(connection->caller.connection);
  }

  static void* on_first_line(void* /*self*/, const char* target, MHD_Connection* /*connection*/) {
    return new Exchange{.target = target};
  }

  static void on_completed(void* self, MHD_Connection* connection, void** context,
                           MHD_RequestTerminationCode /*code*/) {
    delete static_cast<Exchange*>(std::exchange(*context, nullptr));
    if (Connection* const found = connection_of(connection)) {
      found->deadline = in(of(self).limits_.next_request);
    }
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* /*url*/,
                               const char* method, const char* /*version*/, const char* /*data*/,
                               std::size_t* size, void** context) {
    auto* const exchange = static_cast<Exchange*>(*context);
    Connection* const from = connection_of(connection);
    if (exchange == nullptr || from == nullptr) return MHD_NO;
    return of(self).take(connection, *from, *exchange, method, *size);
  }

  MHD_Result take(MHD_Connection* connection, Connection& from, Exchange& exchange,
                  const char* method, std::size_t& size) {
    if (!std::exchange(exchange.has_begun, true)) {
      if (!announces_too_much(connection)) return MHD_YES;
      exchange.is_answered = true;
      return send(connection, error_answer(413, "no request has a body of that size"));
    }
    if (exchange.is_answered) return MHD_NO;
    if (size > 0) {
      exchange.body += size;
      size = 0;
      return exchange.body > limits_.body ? MHD_NO : MHD_YES;  // NO: ends the connection
    }
    exchange.is_answered = true;
    from.deadline = kNever;
    if (!std::exchange(from.is_identified, true)) {
      identify_process(from.socket, from.caller.peer);
    }
    return send(connection, handlers_.answer(from.caller, method, exchange.target));
  }

  bool announces_too_much(MHD_Connection* connection) const {
    const char* const text =
        ::MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (text == nullptr) return false;
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), length);
    return error != std::errc() || *end != '\0' || length > limits_.body;
  }

  MHD_Result send(MHD_Connection* connection, Answer answer) {
    MHD_Response* response = nullptr;
    if (answer.stream) {
      auto stream = std::make_unique<Stream>(
          Stream{.events = std::move(answer.stream), .stop = stop_.get_token(), .waiting = {}});
      response = ::MHD_create_response_from_callback(
          MHD_SIZE_UNKNOWN, kStreamBlock, &State::on_read, stream.release(),
          [](void* self) { delete static_cast<Stream*>(self); });
      answer.type = "text/event-stream";
    } else {
      response = ::MHD_create_response_from_buffer(answer.body.size(), answer.body.data(),
                                                   MHD_RESPMEM_MUST_COPY);
    }
    if (response == nullptr) return MHD_NO;
    ::MHD_add_response_header(response, "Content-Type", answer.type.c_str());
    ::MHD_add_response_header(response, "Cache-Control", "no-store");
    const MHD_Result result =
        ::MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
    ::MHD_destroy_response(response);
    return result;
  }

  static ssize_t on_read(void* self, std::uint64_t /*position*/, char* room, std::size_t most) {
    auto& stream = *static_cast<Stream*>(self);
    if (stream.waiting.empty()) stream.waiting = stream.events->next(stream.stop);
    if (stream.waiting.empty()) return MHD_CONTENT_READER_END_OF_STREAM;
    const std::size_t size = std::min(most, stream.waiting.size());
    std::copy_n(stream.waiting.data(), size, room);
    stream.waiting.erase(0, size);
    return static_cast<ssize_t>(size);
  }

  // Sleeps while there is no connection, else until the first one's deadline: a deadline that is
  // renewed meanwhile costs no wake-up.
  void end_slow_ones(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const std::int64_t now = in(milliseconds(0));
      earliest_ = kNever;
      for (Connection* const each : connections_) {
        // In the middle of an answer none is due, but another is to follow.
        const std::int64_t deadline =
            each->deadline == kNever ? now + limits_.next_request.count() : each->deadline.load();
        if (deadline <= now) {
          ++counts_.too_slow;
          each->deadline = kNever;
          ::shutdown(each->socket, SHUT_RDWR);
        } else if (earliest_ == kNever || deadline < earliest_) {
          earliest_ = deadline;
        }
      }
      const std::int64_t until = earliest_;
      const auto is_sooner = [this, until] {
        return std::ranges::any_of(connections_, [until](const Connection* each) {
          return each->deadline != kNever && (until == kNever || each->deadline < until);
        });
      };
      if (until == kNever) {
        sooner_.wait(lock, stop, is_sooner);
      } else {
        sooner_.wait_until(lock, stop, steady_clock::time_point(milliseconds(until)), is_sooner);
      }
    }
  }

  const HttpLimits limits_;
  const HttpHandlers handlers_;
  std::stop_source stop_;
  int listening_ = -1;
  MHD_Daemon* daemon_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable_any sooner_;
  std::set<Connection*> connections_;
  std::map<unsigned, unsigned> of_user_;
  std::int64_t earliest_ = kNever;
  Counts counts_;
  std::jthread clock_;
};

HttpServer::HttpServer(int socket, const HttpLimits& limits, HttpHandlers handlers)
    : state_(std::make_unique<State>(socket, limits, std::move(handlers))) {}
HttpServer::~HttpServer() = default;

void HttpServer::stop_listening() { state_->stop_listening(); }
HttpServer::Counts HttpServer::counts() const { return state_->counts(); }

}  // namespace zeus::daemon
