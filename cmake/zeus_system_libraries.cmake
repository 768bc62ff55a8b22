# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Libraries that have to be there (zeus_dependencies.cmake).

# zeus_system_library(TARGET HEADER file [LIBRARY name] PACKAGE apt): the interface library TARGET.
# What is missing is added to zeus_missing_system, for zeus_report_missing_libraries().
set(zeus_missing_system "")
function(zeus_system_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;LIBRARY;PACKAGE" "")
  find_path(include NAMES "${arg_HEADER}" NO_CACHE)
  if(arg_LIBRARY)
    find_library(library NAMES "${arg_LIBRARY}" NO_CACHE)
  endif()
  if(NOT include OR (arg_LIBRARY AND NOT library))
    set(zeus_missing_system ${zeus_missing_system} "${arg_PACKAGE}" PARENT_SCOPE)
    return()
  endif()
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE "${include}")
  if(arg_LIBRARY)
    target_link_libraries(${target} INTERFACE "${library}")
  endif()
endfunction()

# One line that says what to do.
function(zeus_report_missing_libraries)
  if(zeus_missing_system)
    list(JOIN zeus_missing_system " " packages)
    message(FATAL_ERROR " zeus: libraries of zeusd not found; install with: sudo apt-get install ${packages} (or build without it: -D ZEUS_BUILD_DAEMON=OFF)")
  endif()
endfunction()
