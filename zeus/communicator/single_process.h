// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The communicator of a job that is one process: agrees with itself at once.
#pragma once

#include <memory>

#include "zeus/communicator/communicator.h"

namespace zeus {

[[nodiscard]] std::shared_ptr<Communicator> single_process();

}  // namespace zeus
