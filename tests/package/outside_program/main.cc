// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "zeus/error.h"
#include "zeus/monitor/zeus_monitor.h"

int main() {
  zeus::ZeusMonitor monitor({});
  try {
    monitor.end_window("never begun");  // what the library throws is caught by its type
    return 1;
  } catch (const zeus::ZeusValueError&) {
  }
  monitor.begin_window("nothing");
  std::printf("measured %.9f s\n", monitor.end_window("nothing").time.value());
}
