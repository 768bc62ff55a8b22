// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs each case of contract_rank.cc as a job of four ranks.
#include <gtest/gtest.h>
#include <mpi.h>

#include <ostream>
#include <string>
#include <tuple>

#include "tests/communicator/mpi/mpi_job.h"
#include "zeus/communicator/mpi_communicator.h"
#include "zeus/error.h"

namespace zeus {
namespace {

struct Case {
  const char* name;
  const char* claim;

  friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

class MpiCommunicatorContract : public ::testing::TestWithParam<Case> {};

TEST_P(MpiCommunicatorContract, holds) {
  const testing::Outcome job = testing::run_mpi_job(4, {ZEUS_MPI_CONTRACT_RANK, GetParam().name});
  EXPECT_EQ(job.status, 0) << job.out << job.err;
}

INSTANTIATE_TEST_SUITE_P(
    Mpi, MpiCommunicatorContract,
    ::testing::Values(Case{"gather", "gathers_texts_of_any_length"},
                      Case{"exchange", "pairs_the_nth_exchange_with_the_nth"},
                      Case{"unfinished", "an_unfinished_exchange_ends_with_the_job"},
                      Case{"missing", "messages_are_heard_while_a_rank_is_missing"},
                      Case{"asleep", "a_message_needs_nobody_awake"},
                      Case{"late-3", "a_late_rank_hears_what_the_others_heard"},
                      Case{"late-0", "so_it_does_when_it_is_the_first"},
                      Case{"impatient", "the_most_impatient_rank_counts"},
                      Case{"join-late-3", "joining_has_a_time_limit"},
                      Case{"join-late-0", "so_it_has_for_the_first_rank"},
                      Case{"several", "several_at_once_are_apart"},
                      Case{"own-messages", "the_programs_own_messages_are_its_own"},
                      Case{"funneled", "another_thread_is_refused"},
                      Case{"serialized", "another_thread_may_have_it_where_mpi_allows"},
                      Case{"refused", "only_an_intracommunicator_is_joined"}),
    [](const auto& one) { return std::string(one.param.claim); });

TEST(MpiCommunicator, needs_mpi_to_be_initialized) {
  try {
    std::ignore = MpiCommunicator::join();
    FAIL() << "joined";
  } catch (const ZeusCommunicatorError& error) {
    EXPECT_STREQ(error.what(), "MPI is not initialized: call MPI_Init before");
  }
}

}  // namespace
}  // namespace zeus
