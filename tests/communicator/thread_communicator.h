// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A job whose ranks are threads of one process: Communicator's contract, to the letter, for tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zeus/communicator/communicator.h"
#include "zeus/error.h"

namespace zeus::testing {

class ThreadWorld : public std::enable_shared_from_this<ThreadWorld> {
 public:
  explicit ThreadWorld(int size) : size_(size) {}

  static std::shared_ptr<ThreadWorld> of(int size) { return std::make_shared<ThreadWorld>(size); }

  std::shared_ptr<Communicator> rank(int rank) {
    return std::make_shared<Rank>(shared_from_this(), rank);
  }

 private:
  struct Gather {
    std::map<int, std::string> texts;
    std::string failure;
  };
  using Exchange = std::map<int, std::string>;

  static std::vector<std::string> in_rank_order(const std::map<int, std::string>& texts) {
    std::vector<std::string> ordered;
    ordered.reserve(texts.size());
    for (const auto& [rank, text] : texts) ordered.push_back(text);
    return ordered;
  }

  class Pending final : public PendingMessages {
   public:
    Pending(std::shared_ptr<ThreadWorld> world, std::size_t number)
        : world_(std::move(world)), number_(number) {}

    std::optional<std::vector<std::string>> poll() override {
      const std::lock_guard lock(world_->mutex_);
      const Exchange& exchange = world_->exchanges_[number_];
      if (exchange.size() < static_cast<std::size_t>(world_->size_)) return std::nullopt;
      return in_rank_order(exchange);
    }

    std::optional<std::string> poll(int rank) override {
      const std::lock_guard lock(world_->mutex_);
      const Exchange& exchange = world_->exchanges_[number_];
      const auto message = exchange.find(rank);
      if (message == exchange.end()) return std::nullopt;
      return message->second;
    }

   private:
    std::shared_ptr<ThreadWorld> world_;
    std::size_t number_;
  };

  class Rank final : public Communicator {
   public:
    Rank(std::shared_ptr<ThreadWorld> world, int rank) : world_(std::move(world)), rank_(rank) {}
    int rank() const override { return rank_; }
    int world_size() const override { return world_->size_; }

    std::vector<std::string> gather(const std::string& mine, Seconds timeout) override {
      std::unique_lock lock(world_->mutex_);
      Gather& gather = world_->gathers_[gathers_++];
      gather.texts[rank_] = mine;
      world_->changed_.notify_all();
      const auto size = static_cast<std::size_t>(world_->size_);
      world_->changed_.wait_for(lock, std::chrono::duration<double>(timeout.value()), [&] {
        return gather.texts.size() == size || !gather.failure.empty();
      });
      if (gather.failure.empty() && gather.texts.size() < size) {
        for (int other = 0; other < world_->size_; ++other) {
          if (gather.texts.contains(other)) continue;
          gather.failure = "rank " + std::to_string(other) + " did not answer in time";
          break;
        }
        world_->changed_.notify_all();
      }
      if (!gather.failure.empty()) throw ZeusCommunicatorError(gather.failure);
      return in_rank_order(gather.texts);
    }

    std::unique_ptr<PendingMessages> exchange(std::string mine) override {
      const std::lock_guard lock(world_->mutex_);
      world_->exchanges_[exchanges_][rank_] = std::move(mine);
      return std::make_unique<Pending>(world_, exchanges_++);
    }

   private:
    std::shared_ptr<ThreadWorld> world_;
    int rank_;
    std::size_t gathers_ = 0;
    std::size_t exchanges_ = 0;
  };

  int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Gather> gathers_;
  std::map<std::size_t, Exchange> exchanges_;
};

}  // namespace zeus::testing
