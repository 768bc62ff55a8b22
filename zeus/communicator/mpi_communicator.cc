// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/mpi_communicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include "zeus/communicator/mpi_call.h"
#include "zeus/communicator/mpi_exchanges.h"
#include "zeus/communicator/mpi_gather.h"
#include "zeus/error.h"

namespace zeus {
namespace {

// On the communicator of our own.
constexpr int kWordsTag = 1;
constexpr int kTextsTag = 2;
constexpr int kExchangesTag = 3;

// MPI may be called here and now.
void require_mpi() {
  int is_initialized = 0;
  int is_finalized = 0;
  check_mpi(MPI_Initialized(&is_initialized), "MPI_Initialized");
  if (is_initialized == 0) {
    throw ZeusCommunicatorError("MPI is not initialized: call MPI_Init before");
  }
  check_mpi(MPI_Finalized(&is_finalized), "MPI_Finalized");
  if (is_finalized != 0)
    throw ZeusCommunicatorError("MPI is finalized: ranks can't agree any more");
  int level = MPI_THREAD_SINGLE;
  int is_main = 0;
  check_mpi(MPI_Query_thread(&level), "MPI_Query_thread");
  check_mpi(MPI_Is_thread_main(&is_main), "MPI_Is_thread_main");
  if (level < MPI_THREAD_SERIALIZED && is_main == 0) {
    throw ZeusCommunicatorError(
        "MPI is initialized for calls from its main thread only: use the optimizer there, or "
        "initialize MPI by MPI_Init_thread with MPI_THREAD_SERIALIZED or more");
  }
}

void require_intracommunicator(MPI_Comm ranks) {
  int is_inter = 0;
  if (ranks != MPI_COMM_NULL)
    check_mpi(MPI_Comm_test_inter(ranks, &is_inter), "MPI_Comm_test_inter");
  if (ranks == MPI_COMM_NULL || is_inter != 0) {
    throw ZeusValueError(
        "the ranks to join are those of an intracommunicator, like MPI_COMM_WORLD");
  }
}

int forget_joins(MPI_Comm /*ranks*/, int /*key*/, void* count, void* /*state*/) {
  delete static_cast<std::int64_t*>(count);
  return MPI_SUCCESS;
}

// Counts the joins of a communicator, so that the n-th of each rank belong together.
std::int64_t next_join(MPI_Comm ranks) {
  static const int key = [] {
    int created = MPI_KEYVAL_INVALID;
    check_mpi(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, forget_joins, &created, nullptr),
              "MPI_Comm_create_keyval");
    return created;
  }();
  void* count = nullptr;
  int is_set = 0;
  check_mpi(MPI_Comm_get_attr(ranks, key, static_cast<void*>(&count), &is_set),
            "MPI_Comm_get_attr");
  if (is_set != 0) return ++*static_cast<std::int64_t*>(count);
  auto first = std::make_unique<std::int64_t>(0);
  check_mpi(MPI_Comm_set_attr(ranks, key, first.get()), "MPI_Comm_set_attr");
  return *first.release();
}

int highest_tag() {
  void* value = nullptr;
  int is_set = 0;
  check_mpi(MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, static_cast<void*>(&value), &is_set),
            "MPI_Comm_get_attr");
  return is_set != 0 ? *static_cast<const int*>(value) : 32767;  // the least that MPI promises
}

std::string machine_name() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  check_mpi(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  return {name.data(), static_cast<std::size_t>(length)};
}

// All ranks are in this; with a time limit yet, for one might be killed.
MPI_Comm duplicate(MPI_Comm ranks, Seconds timeout) {
  MPI_Comm own = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  const auto begin = std::chrono::steady_clock::now();
  check_mpi(MPI_Comm_idup(ranks, &own, &request), "MPI_Comm_idup");
  int is_done = 0;
  while (true) {
    check_mpi(MPI_Test(&request, &is_done, MPI_STATUS_IGNORE), "MPI_Test");
    if (is_done != 0) break;
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    if (waited.count() > timeout.value()) {
      throw ZeusCommunicatorError("a rank is gone while the ranks of MPI joined");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  check_mpi(MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return own;
}

}  // namespace

// Not freed: while one rank is done, another may yet send to it, and a freed communicator's number
// may be given to another.
class MpiCommunicator::Ranks {
 public:
  explicit Ranks(MPI_Comm ranks) : ranks_(ranks), exchanges_(ranks, kExchangesTag) {
    check_mpi(MPI_Comm_rank(ranks, &rank_), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(ranks, &size_), "MPI_Comm_size");
  }

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

  std::vector<std::string> gather(const std::string& mine, Seconds timeout) {
    require_mpi();
    return mpi_gather({.ranks = ranks_,
                       .words_tag = kWordsTag,
                       .texts_tag = kTextsTag,
                       .number = gathers_++,
                       .act = "construct the power limit optimizer"},
                      mine, timeout);
  }

  std::shared_ptr<const MpiExchanges::Messages> start(std::string mine) {
    require_mpi();
    return exchanges_.start(std::move(mine));
  }

  void receive() {
    require_mpi();
    exchanges_.receive();
  }

 private:
  MPI_Comm ranks_;
  int rank_ = 0;
  int size_ = 1;
  std::int64_t gathers_ = 0;
  MpiExchanges exchanges_;
};

std::shared_ptr<MpiCommunicator> MpiCommunicator::join(MPI_Comm ranks, Seconds timeout) {
  require_mpi();
  require_intracommunicator(ranks);
  if (!(timeout > Seconds(0))) {
    throw ZeusValueError(
        fmt::format("the time limit for joining must be positive, got {:g} s", timeout.value()));
  }
  const int highest = highest_tag();
  const std::vector<std::string> machines =
      mpi_gather({.ranks = ranks,
                  .words_tag = highest - 1,
                  .texts_tag = highest - 2,
                  .number = next_join(ranks),
                  .act = "join the others (MpiCommunicator::join)"},
                 machine_name(), timeout);
  auto joined = std::make_shared<Ranks>(duplicate(ranks, timeout));
  const auto own = machines.begin() + joined->rank();
  const auto local_rank = std::count(machines.begin(), own, *own);
  return std::shared_ptr<MpiCommunicator>(
      new MpiCommunicator(std::move(joined), static_cast<int>(local_rank)));
}

MpiCommunicator::MpiCommunicator(std::shared_ptr<Ranks> ranks, int local_rank)
    : ranks_(std::move(ranks)), local_rank_(local_rank) {}

MpiCommunicator::~MpiCommunicator() = default;

int MpiCommunicator::rank() const { return ranks_->rank(); }

int MpiCommunicator::world_size() const { return ranks_->size(); }

int MpiCommunicator::local_rank() const { return local_rank_; }

std::vector<std::string> MpiCommunicator::gather(const std::string& mine, Seconds timeout) {
  return ranks_->gather(mine, timeout);
}

std::unique_ptr<PendingMessages> MpiCommunicator::exchange(std::string mine) {
  class Pending final : public PendingMessages {
   public:
    Pending(std::shared_ptr<Ranks> ranks, std::shared_ptr<const MpiExchanges::Messages> messages)
        : ranks_(std::move(ranks)), messages_(std::move(messages)) {}

    std::optional<std::vector<std::string>> poll() override {
      if (!messages_->is_complete()) ranks_->receive();
      return messages_->all();
    }

    std::optional<std::string> poll(int rank) override {
      const auto index = static_cast<std::size_t>(rank);
      if (!messages_->of(index)) ranks_->receive();
      return messages_->of(index);
    }

   private:
    std::shared_ptr<Ranks> ranks_;
    std::shared_ptr<const MpiExchanges::Messages> messages_;
  };
  return std::make_unique<Pending>(ranks_, ranks_->start(std::move(mine)));
}

}  // namespace zeus
