// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// An all-gather with a time limit. MPI's own has none, and a collective that some rank never joins
// can be neither cancelled nor given up: MPI_Finalize hangs on it. So it is made of single
// messages, and large ones are sent only when their receiver is known to be there.
//
// Rank 0 leads. It tells each other rank that it is there; each answers that it is there too, and
// is bound by rank 0's decision from then on. When all have, rank 0 calls for the texts and sends
// all to all. When one hasn't within the shortest time that any of those present wants to wait,
// rank 0 tells all, the missing one too, which hears of it when it comes. Only who has heard
// nothing from rank 0 leaves by itself; it leaves word, and rank 0 then fails with the same words.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "zeus/units.h"

namespace zeus {

// Which all-gather. Ranks meet in those that are equal in all of it.
struct MpiGather {
  MPI_Comm ranks = MPI_COMM_NULL;
  int words_tag = 0;  // tags on `ranks` that nobody else uses
  int texts_tag = 0;
  std::int64_t number = 0;  // counts up with each that uses these tags
  std::string act;          // what a missing rank has not done: "construct the optimizer"
};

// Every rank's text, in rank order. Throws ZeusCommunicatorError where a rank is missing, the same
// on all ranks.
[[nodiscard]] std::vector<std::string> mpi_gather(const MpiGather& gather, const std::string& mine,
                                                  Seconds timeout);

}  // namespace zeus
