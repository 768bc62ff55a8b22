# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# What can be chosen with -D. As a subproject zeus leaves the host's cache alone: there its options are
# plain variables of its own folder, which the host sets before add_subdirectory or with -D.
macro(zeus_option name text default)
  if(PROJECT_IS_TOP_LEVEL)
    option(${name} "${text}" ${default})
  elseif(NOT DEFINED ${name})
    set(${name} ${default})
  endif()
endmacro()

macro(zeus_path_option name text default)
  if(PROJECT_IS_TOP_LEVEL)
    set(${name} "${default}" CACHE PATH "${text}")
  elseif(NOT DEFINED ${name})
    set(${name} "${default}")
  endif()
endmacro()

if(PROJECT_IS_TOP_LEVEL)  # in a host, libzeus is what the host's libraries are
  option(BUILD_SHARED_LIBS "Build libzeus as a shared library" ON)
endif()
zeus_option(ZEUS_WITH_MPI "Build zeus_mpi, by which the ranks of MPI jobs agree" OFF)
zeus_option(ZEUS_BUILD_SIMULATOR "Build the simulated NVIDIA driver" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_BUILD_APPS "Build the zeus command" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_BUILD_DAEMON "Build zeusd, the daemon (docs/zeusd.md)" OFF)
zeus_option(ZEUS_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_BUILD_BENCHMARKS "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_INSTALL "Make the rules for cmake --install" ${PROJECT_IS_TOP_LEVEL})
zeus_option(ZEUS_FUZZ "Let the fuzz targets search by themselves (clang)" OFF)
zeus_path_option(ZEUS_MEASURED_TABLES_DIR
                 "Folder of the measured tables (docs/measured_tables.md); empty: skip their tests"
                 "${PROJECT_SOURCE_DIR}/../shared/data")
if(PROJECT_IS_TOP_LEVEL)
  set(ZEUS_SANITIZE "" CACHE STRING
      "Sanitizers to build everything with, for example address,undefined")
endif()
