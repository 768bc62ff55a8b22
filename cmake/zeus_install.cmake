# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` gives: libzeus and its public headers, find_package(zeus), pkg-config's zeus,
# the zeus command and the simulated driver. Included after all targets are there.
include(CMakePackageConfigHelpers)

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
  zeus/log.h
  zeus/machine.h
  zeus/monitor/measurement.h
  zeus/monitor/zeus_monitor.h
  zeus/optimizer/global_power_limit_optimizer.h
  zeus/optimizer/idle_watch.h
  zeus/optimizer/optimizer_state.h
  zeus/optimizer/optimum_selector.h
  zeus/optimizer/probe_result.h
  zeus/optimizer/profile_file.h
  zeus/optimizer/selectors.h
  zeus/optimizer/tuning_report.h
  zeus/units.h)
list(TRANSFORM zeus_public_headers PREPEND "${PROJECT_SOURCE_DIR}/")
target_sources(zeus PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
               FILES ${zeus_public_headers})

# With MPI: find_package(zeus COMPONENTS mpi).
if(TARGET zeus_mpi)
  target_sources(zeus_mpi PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
                 FILES "${PROJECT_SOURCE_DIR}/zeus/communicator/mpi_communicator.h")
  install(TARGETS zeus_mpi EXPORT zeus_mpi
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT zeus_mpi NAMESPACE zeus:: DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/zeus")
endif()

if(TARGET zeus_simulator_client)  # not installed, only compiled alone
  target_sources(zeus_simulator_client PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
                 FILES "${PROJECT_SOURCE_DIR}/simulator/api/simulator.h"
                       "${PROJECT_SOURCE_DIR}/simulator/api/zeus_simulator.h")
endif()

install(TARGETS zeus EXPORT zeus
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(zeus_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/zeus")
install(EXPORT zeus NAMESPACE zeus:: FILE zeus_library.cmake DESTINATION "${zeus_package_folder}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/zeus-config.cmake.in" zeus-config.cmake
                              INSTALL_DESTINATION "${zeus_package_folder}")
write_basic_package_version_file(zeus-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/zeus-config.cmake"
              "${PROJECT_BINARY_DIR}/zeus-config-version.cmake"
        DESTINATION "${zeus_package_folder}")

# Paths relative to the .pc file, so that the prefix of `cmake --install` counts, not that of the
# configuration.
file(RELATIVE_PATH zeus_prefix_from_pc "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
set(zeus_pc_requires "")
if(NOT BUILD_SHARED_LIBS)
  set(zeus_pc_requires "Requires.private: fmt")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/zeus.pc.in" zeus.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/zeus.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

if(TARGET zeus_command)
  file(RELATIVE_PATH zeus_libdir_from_bindir "/prefix/${CMAKE_INSTALL_BINDIR}"
       "/prefix/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(zeus_command PROPERTIES
                        INSTALL_RPATH "$ORIGIN/${zeus_libdir_from_bindir}")
  install(TARGETS zeus_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET zeus_command_texts)
  set(zeus_texts_folder "${PROJECT_BINARY_DIR}/apps")
  install(FILES "${zeus_texts_folder}/zeus.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${zeus_texts_folder}/zeus.bash" RENAME zeus
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${zeus_texts_folder}/zeus.zsh" RENAME _zeus
          DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
  install(FILES "${zeus_texts_folder}/zeus.fish"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()
if(TARGET zeus_simulator)
  install(TARGETS zeus_simulator zeus_virtual_clock
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/zeus/simulator")
  install(TARGETS zeus_nvidia_smi
          RUNTIME DESTINATION "${CMAKE_INSTALL_LIBDIR}/zeus/simulator/bin")
endif()

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(EXISTS "${PROJECT_SOURCE_DIR}/README.md")
  install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
