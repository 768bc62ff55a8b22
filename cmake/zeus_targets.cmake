# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# How every target of this project is compiled, and how a test is added.

# Warnings, language level and sanitizers for a target of ours.
function(zeus_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET default)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Wrong about "literal" + std::string when optimizing: gcc.gnu.org/PR105651, PR105329.
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ZEUS_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${ZEUS_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${ZEUS_SANITIZE})
  endif()
endfunction()

# zeus_library_defaults(TARGET): the same for the libraries that are installed. Shared ones export
# namespace zeus alone. While the version is 0.x every minor version may change what compiled programs
# rely on, so that it is part of the soname (docs/installing.md).
function(zeus_library_defaults target)
  zeus_target_defaults(${target})
  if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(soversion "0.${PROJECT_VERSION_MINOR}")
  else()
    set(soversion "${PROJECT_VERSION_MAJOR}")
  endif()
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${soversion})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    zeus_exports_only(${target} "${PROJECT_SOURCE_DIR}/zeus/exports.map")
  endif()
endfunction()

# zeus_exports_only(TARGET MAP): what the shared library exports is what MAP names.
function(zeus_exports_only target map)
  target_link_options(${target} PRIVATE "-Wl,--version-script=${map}")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${map}")
endfunction()

# What `make test` builds under the thread sanitizer: the tests added with THREADS.
if(ZEUS_BUILD_TESTS)
  add_custom_target(zeus_thread_tests)
endif()

# Tests themselves are not worth optimizing: what they test is.
set(zeus_test_options -O0)

# GoogleTest's headers, compiled once for all tests. A program, for its flags must be the tests'.
function(zeus_add_test_headers)
  file(CONFIGURE OUTPUT zeus_test_headers.cc CONTENT "")
  add_executable(zeus_test_headers EXCLUDE_FROM_ALL
                 "${CMAKE_CURRENT_BINARY_DIR}/zeus_test_headers.cc")
  zeus_target_defaults(zeus_test_headers)
  target_compile_options(zeus_test_headers PRIVATE ${zeus_test_options})
  target_compile_options(zeus_test_headers PRIVATE -fpch-preprocess)  # for ccache
  target_link_libraries(zeus_test_headers PRIVATE GTest::gmock_main)
  target_precompile_headers(zeus_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
endfunction()

# zeus_add_test(NAME SOURCES file… [LIBRARIES target…] [THREADS | SLOW]): one GoogleTest program. THREADS
# labels it for the run under the thread sanitizer, SLOW keeps it out of `make check`. Tests find the simulated driver in
# ZEUS_SIMULATOR_DIR and the measured tables in ZEUS_MEASURED_TABLES_DIR (tests/paths.h).
function(zeus_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS;SLOW" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  zeus_target_defaults(${name})
  target_compile_options(${name} PRIVATE ${zeus_test_options})
  target_link_libraries(${name} PRIVATE zeus::zeus ${arg_LIBRARIES} GTest::gmock_main)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  if(NOT TARGET zeus_test_headers)
    zeus_add_test_headers()
  endif()
  target_compile_options(${name} PRIVATE -fpch-preprocess)
  target_precompile_headers(${name} REUSE_FROM zeus_test_headers)
  if(TARGET zeus_simulator)
    add_dependencies(${name} zeus_simulator)
  endif()
  add_dependencies(${name} zeus_guard)  # an optimizer starts it, or warns
  set(labels "")
  if(arg_SLOW)
    set(labels PROPERTIES LABELS slow)
  endif()
  if(arg_THREADS)
    set(labels PROPERTIES LABELS threads)
    add_dependencies(zeus_thread_tests ${name})
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} ${labels} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endfunction()
