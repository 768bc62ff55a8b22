// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/fork_check.h"

#include <pthread.h>

#include <string>

#include "zeus/error.h"

namespace zeus {

unsigned ForkCheck::current_generation_ = 0;

ForkCheck::ForkCheck() {
  [[maybe_unused]] static const int registered =
      pthread_atfork(nullptr, nullptr, [] { ++current_generation_; });
  generation_ = current_generation_;
}

void ForkCheck::refuse(const char* what) {
  throw ZeusForkError(std::string(what) +
                      " was made before this process was forked; make a new one in the child");
}

}  // namespace zeus
