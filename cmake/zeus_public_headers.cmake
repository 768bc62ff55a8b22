# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# What users include; every other header below zeus/ is the library's own business. `make lint`
# compiles each of these alone.
set(zeus_public_headers
  zeus/clock.h
  zeus/communicator/communicator.h
  zeus/communicator/single_process.h
  zeus/device/back_end.h
  zeus/device/cpu.h
  zeus/device/gpu.h
  zeus/device/gpu_controls.h
  zeus/device/knob.h
  zeus/device/problem.h
  zeus/error.h
  zeus/fork_safe_thread.h
  zeus/log.h
  zeus/machine.h
  zeus/monitor/host_power_meter.h
  zeus/monitor/measurement.h
  zeus/monitor/zeus_monitor.h
  zeus/optimizer/global_power_limit_optimizer.h
  zeus/optimizer/idle_watch.h
  zeus/optimizer/optimizer_state.h
  zeus/optimizer/optimum_selector.h
  zeus/optimizer/probe_result.h
  zeus/optimizer/profile_file.h
  zeus/optimizer/search_gain.h
  zeus/optimizer/selectors.h
  zeus/optimizer/tuning_report.h
  zeus/units.h)
list(TRANSFORM zeus_public_headers PREPEND "${PROJECT_SOURCE_DIR}/")
target_sources(zeus PUBLIC
  FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${zeus_public_headers}
  FILE_SET written_headers TYPE HEADERS BASE_DIRS "${PROJECT_BINARY_DIR}/include"
  FILES "${PROJECT_BINARY_DIR}/include/zeus/abi.h")

if(TARGET zeus_mpi)
  target_sources(zeus_mpi PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
                 FILES "${PROJECT_SOURCE_DIR}/zeus/communicator/mpi_communicator.h")
endif()
if(TARGET zeus_simulator_client)  # not installed, only compiled alone
  target_sources(zeus_simulator_client PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
                 FILES "${PROJECT_SOURCE_DIR}/simulator/api/simulator.h"
                       "${PROJECT_SOURCE_DIR}/simulator/api/zeus_simulator.h")
endif()
