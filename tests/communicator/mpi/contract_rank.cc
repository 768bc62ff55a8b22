// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One rank of an MPI job that holds MpiCommunicator to Communicator's contract, one case a run:
// contract_rank CASE. Exit code 1, and a line on standard error, where a claim does not hold.
#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "zeus/communicator/mpi_communicator.h"
#include "zeus/error.h"

namespace {

using zeus::MpiCommunicator;
using zeus::PendingMessages;
using zeus::Seconds;
using Messages = std::vector<std::string>;
using Pending = std::unique_ptr<PendingMessages>;

int world_rank() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

void require(bool holds, const std::string& claim) {
  if (holds) return;
  throw std::runtime_error("not so: " + claim);
}

void require_equal(const std::string& is, const std::string& should_be) {
  require(is == should_be, "\"" + is + "\" is \"" + should_be + "\"");
}

// What `look` finds, once it finds something.
template <class Look>
auto await(Look look) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto found = look()) return *std::move(found);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw std::runtime_error("a message did not come");
}

Messages wait(PendingMessages& pending) {
  return await([&] { return pending.poll(); });
}

// Handshakes beside the communicator that is tested: one rank waits until all others are this far.
constexpr int kReadyTag = 11;

void say_ready(int to) { MPI_Send(nullptr, 0, MPI_BYTE, to, kReadyTag, MPI_COMM_WORLD); }

void await_ready(int from) {
  MPI_Recv(nullptr, 0, MPI_BYTE, from, kReadyTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void await_all_others(int own, int size) {
  for (int rank = 0; rank < size; ++rank) {
    if (rank != own) await_ready(rank);
  }
}

// What `work` throws.
std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const zeus::ZeusBaseError& error) {
    return error.what();
  }
  return "no error";
}

// Before a claim about a time limit: the ranks of a job don't start at the same moment.
void start_together() { MPI_Barrier(MPI_COMM_WORLD); }

void gathers_texts_of_any_length() {
  const auto ranks = MpiCommunicator::join();
  require(ranks->rank() == world_rank(), "the rank is MPI's");
  require(ranks->local_rank() == world_rank(), "all ranks are on this machine");
  for (const std::size_t length : {0UL, 5UL, 3000UL, 300000UL}) {
    const auto own = static_cast<std::size_t>(ranks->rank());
    const auto texts =
        ranks->gather(std::string(length * own, static_cast<char>('a' + own)), Seconds(60));
    require(std::cmp_equal(texts.size(), ranks->world_size()), "there is a text of each rank");
    for (std::size_t rank = 0; rank < texts.size(); ++rank) {
      require(texts[rank] == std::string(length * rank, static_cast<char>('a' + rank)),
              "the texts are in rank order");
    }
  }
}

// A message of any length, other for each rank and number, with every byte there is.
std::string message_of(int rank, int number) {
  std::string message = std::to_string(rank) + ":" + std::to_string(number);
  const int length = 37 * rank + number % 300;
  for (int i = 0; i < length; ++i) message += static_cast<char>(i + number);
  return message;
}

void pairs_the_nth_exchange_with_the_nth() {
  const auto ranks = MpiCommunicator::join();
  const int own = ranks->rank();
  const int size = ranks->world_size();
  constexpr int kNumber = 200;
  std::vector<Pending> pending;
  for (int n = 0; n < kNumber; ++n) {
    // Each lower rank has started all of its exchanges by then.
    if (n == kNumber / 2 && own > 0) await_ready(own - 1);
    pending.push_back(ranks->exchange(message_of(own, n)));
  }
  if (own + 1 < size) say_ready(own + 1);
  for (int n = kNumber - 1; n >= 0; --n) {  // in any order
    PendingMessages& one = *pending[static_cast<std::size_t>(n)];
    const Messages messages = wait(one);
    require(std::cmp_equal(messages.size(), size), "there is a message of each rank");
    for (int rank = 0; rank < size; ++rank) {
      const std::string& message = messages[static_cast<std::size_t>(rank)];
      require(message == message_of(rank, n), "the messages are in rank order");
      require(one.poll(rank) == message, "each can be asked for");
    }
    require(one.poll() == messages, "what has come stays");
  }
  require(wait(*ranks->exchange(""))[0].empty(), "an empty message passes");
}

// The last rank never joins the second exchange: it is there at the end and keeps nobody.
void an_unfinished_exchange_ends_with_the_job() {
  const auto ranks = MpiCommunicator::join();
  const Pending first = ranks->exchange("first");
  Pending second;
  if (ranks->rank() != ranks->world_size() - 1) second = ranks->exchange("second");
  wait(*first);
  if (second) {
    require(!second->poll(), "what a rank never joined is not complete");
    require(!second->poll(ranks->world_size() - 1), "and has no message of that rank");
    require(second->poll(ranks->rank()) == "second", "but this one's own");
  }
  MPI_Finalize();
  require(first->poll().has_value(), "messages can still be read after MPI_Finalize");
  const std::string finalized = "MPI is finalized: ranks can't agree any more";
  if (second) require_equal(error_of([&] { static_cast<void>(second->poll()); }), finalized);
  require_equal(error_of([&] { static_cast<void>(ranks->exchange("")); }), finalized);
}

// A rank hears what others said, in order, while the last one has said nothing.
void messages_are_heard_while_a_rank_is_missing() {
  const auto ranks = MpiCommunicator::join();
  const int own = ranks->rank();
  const int last = ranks->world_size() - 1;
  if (own == last) await_all_others(own, ranks->world_size());
  const Pending first = ranks->exchange("first of " + std::to_string(own));
  const Pending second = ranks->exchange("second of " + std::to_string(own));
  for (int rank = 0; rank < last; ++rank) {
    const std::string of = " of " + std::to_string(rank);
    require_equal(await([&] { return first->poll(rank); }), "first" + of);
    require_equal(await([&] { return second->poll(rank); }), "second" + of);
  }
  if (own != last) {
    require(!first->poll() && !first->poll(last), "the last rank has said nothing");
    say_ready(last);
  }
  require_equal(wait(*first).back(), "first of " + std::to_string(last));
  wait(*second);
}

// The last one to send leaves at once for MPI_Finalize; the others still get its message.
void a_message_needs_nobody_awake() {
  const auto ranks = MpiCommunicator::join();
  const int size = ranks->world_size();
  if (ranks->rank() == 0) await_all_others(0, size);
  const Pending pending = ranks->exchange("x");
  if (ranks->rank() == 0) return;
  say_ready(0);
  wait(*pending);
}

void a_rank_that_comes_late_hears_what_the_others_heard(int late) {
  const auto ranks = MpiCommunicator::join();
  const int own = ranks->rank();
  start_together();
  if (own == late) await_all_others(own, ranks->world_size());
  const std::string missed = "rank " + std::to_string(late) +
                             " did not construct the power limit optimizer within 1 s; see "
                             "whether it has failed before, or wait longer";
  const auto gather = [&](double timeout) {
    return ranks->gather(std::string(100000, 'x'), Seconds(timeout));
  };
  // The late one would have more patience.
  require_equal(error_of([&] { static_cast<void>(gather(own == late ? 60 : 1)); }), missed);
  if (own != late) say_ready(late);
  require(gather(60).size() == 4, "they may try again, together");
  require(gather(60).size() == 4, "and go on");
}

void the_most_impatient_rank_counts() {
  const auto ranks = MpiCommunicator::join();
  const int own = ranks->rank();
  start_together();
  if (own == 3) return;
  const std::string error =
      error_of([&] { static_cast<void>(ranks->gather("", Seconds(own == 1 ? 0.3 : 60))); });
  require(error.starts_with("rank 3 did not construct the power limit optimizer within"), error);
}

void joining_has_a_time_limit(int late) {
  const int own = world_rank();
  start_together();
  if (own == late) await_all_others(own, 4);
  const std::string missed = "rank " + std::to_string(late) +
                             " did not join the others (MpiCommunicator::join) within 1 s; see "
                             "whether it has failed before, or wait longer";
  require_equal(
      error_of([&] {
        static_cast<void>(MpiCommunicator::join(MPI_COMM_WORLD, Seconds(own == late ? 60 : 1)));
      }),
      missed);
  if (own != late) say_ready(late);
  const auto ranks = MpiCommunicator::join();
  require(ranks->gather("", Seconds(60)).size() == 4, "they may try again, together");
}

void several_at_once_are_apart() {
  const int own = world_rank();
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, own % 2, -own, &half);  // in reverse order
  const auto all = MpiCommunicator::join();
  const auto again = MpiCommunicator::join();
  const auto some = MpiCommunicator::join(half);
  MPI_Comm_free(&half);  // is only needed to join
  require(some->world_size() == 2 && some->rank() == (own < 2 ? 1 : 0), "the half's ranks count");
  require(some->local_rank() == some->rank(), "local ranks follow their order");
  const std::string rank = std::to_string(own);
  const Pending in_all = all->exchange("all " + rank);
  const Pending in_some = some->exchange("some " + rank);
  const Pending in_again = again->exchange("again " + rank);
  require(wait(*in_again) == Messages{"again 0", "again 1", "again 2", "again 3"},
          "the second of all ranks has its own messages");
  require(wait(*in_some) ==
              (own % 2 == 0 ? Messages{"some 2", "some 0"} : Messages{"some 3", "some 1"}),
          "a half's too");
  require(wait(*in_all) == Messages{"all 0", "all 1", "all 2", "all 3"}, "and the first");
}

// A program that receives whatever comes gets none of our messages.
void the_programs_own_messages_are_its_own() {
  const auto ranks = MpiCommunicator::join();
  const Pending pending = ranks->exchange("x");
  const int own = ranks->rank();
  const int size = ranks->world_size();
  int sent = 1000 + own;
  int received = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Status status;
  MPI_Isend(&sent, 1, MPI_INT, (own + 1) % size, 7, MPI_COMM_WORLD, &request);
  MPI_Recv(&received, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  require(received == 1000 + (own + size - 1) % size && status.MPI_TAG == 7, "it is the program's");
  wait(*pending);
}

// Started with MPI_THREAD_FUNNELED.
void another_thread_is_refused() {
  const auto ranks = MpiCommunicator::join();
  const Pending pending = ranks->exchange("x");
  std::string error;
  std::thread([&] { error = error_of([&] { static_cast<void>(ranks->exchange("")); }); }).join();
  require_equal(error,
                "MPI is initialized for calls from its main thread only: use the optimizer there, "
                "or initialize MPI by MPI_Init_thread with MPI_THREAD_SERIALIZED or more");
  wait(*pending);
}

// Started with MPI_THREAD_SERIALIZED.
void another_thread_may_have_it_where_mpi_allows() {
  const auto ranks = MpiCommunicator::join();
  Messages messages;
  std::thread([&] { messages = wait(*ranks->exchange("x")); }).join();
  require(std::cmp_equal(messages.size(), ranks->world_size()), "it works in another thread");
}

void only_an_intracommunicator_is_joined() {
  const std::string refused =
      "the ranks to join are those of an intracommunicator, like MPI_COMM_WORLD";
  require_equal(error_of([] { static_cast<void>(MpiCommunicator::join(MPI_COMM_NULL)); }), refused);
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm between = MPI_COMM_NULL;
  const int side = world_rank() % 2;
  MPI_Comm_split(MPI_COMM_WORLD, side, 0, &half);
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - side, 0, &between);
  require_equal(error_of([&] { static_cast<void>(MpiCommunicator::join(between)); }), refused);
  require_equal(
      error_of([] { static_cast<void>(MpiCommunicator::join(MPI_COMM_WORLD, Seconds(0))); }),
      "the time limit for joining must be positive, got 0 s");
}

const std::map<std::string, std::function<void()>> kCases{
    {"gather", gathers_texts_of_any_length},
    {"exchange", pairs_the_nth_exchange_with_the_nth},
    {"unfinished", an_unfinished_exchange_ends_with_the_job},
    {"missing", messages_are_heard_while_a_rank_is_missing},
    {"asleep", a_message_needs_nobody_awake},
    {"late-3", [] { a_rank_that_comes_late_hears_what_the_others_heard(3); }},
    {"late-0", [] { a_rank_that_comes_late_hears_what_the_others_heard(0); }},
    {"impatient", the_most_impatient_rank_counts},
    {"join-late-3", [] { joining_has_a_time_limit(3); }},
    {"join-late-0", [] { joining_has_a_time_limit(0); }},
    {"several", several_at_once_are_apart},
    {"own-messages", the_programs_own_messages_are_its_own},
    {"funneled", another_thread_is_refused},
    {"serialized", another_thread_may_have_it_where_mpi_allows},
    {"refused", only_an_intracommunicator_is_joined},
};

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const auto found = kCases.find(name);
  if (found == kCases.end()) {
    std::fprintf(stderr, "contract_rank: no case \"%s\"\n", name.c_str());
    return 2;
  }
  const int level = name == "serialized" ? MPI_THREAD_SERIALIZED : MPI_THREAD_FUNNELED;
  int provided = 0;
  MPI_Init_thread(&argc, &argv, level, &provided);
  int status = 0;
  try {
    require(provided >= level, "MPI gives the thread level that is asked");
    found->second();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s: %s\n", world_rank(), name.c_str(), error.what());
    status = 1;
  }
  int is_finalized = 0;
  MPI_Finalized(&is_finalized);
  if (status != 0 && is_finalized == 0) MPI_Abort(MPI_COMM_WORLD, status);
  if (is_finalized == 0) MPI_Finalize();
  return status;
}
