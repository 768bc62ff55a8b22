// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/communicator/single_process.h"

namespace zeus {
namespace {

class OwnTotals final : public PendingTotals {
 public:
  explicit OwnTotals(RankTotals totals) : totals_(totals) {}
  std::optional<RankTotals> poll() override { return totals_; }

 private:
  RankTotals totals_;
};

class SingleProcess final : public Communicator {
 public:
  int rank() const override { return 0; }
  int world_size() const override { return 1; }
  std::vector<std::string> all_gather(const std::string& mine, Seconds /*timeout*/) override {
    return {mine};
  }
  std::unique_ptr<PendingTotals> all_reduce(RankTotals mine) override {
    return std::make_unique<OwnTotals>(mine);
  }
};

}  // namespace

std::shared_ptr<Communicator> single_process() { return std::make_shared<SingleProcess>(); }

}  // namespace zeus
