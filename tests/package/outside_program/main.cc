// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "zeus/monitor/zeus_monitor.h"

int main() {
  zeus::ZeusMonitor monitor({});
  monitor.begin_window("nothing");
  std::printf("measured %.9f s\n", monitor.end_window("nothing").time.value());
}
