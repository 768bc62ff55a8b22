// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What MPI's functions answer, as exceptions.
#pragma once

#include <mpi.h>

#include <array>
#include <cstddef>
#include <string>

#include "zeus/error.h"

namespace zeus {

// Throws ZeusCommunicatorError, with MPI's own words, for everything but MPI_SUCCESS. `call` is the
// function that answered.
inline void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw ZeusCommunicatorError(std::string(call) + ": " +
                              std::string(text.data(), static_cast<std::size_t>(length)));
}

}  // namespace zeus
