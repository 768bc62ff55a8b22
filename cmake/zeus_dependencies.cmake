# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# The libraries that zeus is built from. Only their headers are used, so that nothing of them is needed
# once zeus is built: zeus_fmt, zeus_json and, for the command, zeus_cli11.
#
# Each is taken from where FETCHCONTENT_SOURCE_DIR_<NAME> points, else from the system when it is there
# and new enough, else it is downloaded and its SHA-256 compared. Not found by find_package: that would
# define targets and cache variables in a host which may have another version of the same library.

include(zeus_headers)

# Debian's copies of the releases; snapshot.debian.org keeps them for ever.
set(debian "https://deb.debian.org/debian/pool/main")
set(snapshot "https://snapshot.debian.org/archive/debian/20250901T000000Z/pool/main")

zeus_headers(zeus_fmt NAME fmt VERSION 9.1 MACRO FMT VERSION_IN fmt/base.h fmt/core.h
  PACKAGE libfmt-dev
  SHA256 7000f214d2628f04174822f8048c573f1608194408d7931121595a03f1c18a17
  URLS ${debian}/f/fmtlib/fmtlib_10.1.1+ds1.orig.tar.gz
       ${snapshot}/f/fmtlib/fmtlib_10.1.1+ds1.orig.tar.gz)
zeus_headers(zeus_json NAME nlohmann_json VERSION 3.11.2 MACRO NLOHMANN_JSON
  VERSION_IN nlohmann/detail/abi_macros.hpp nlohmann/json.hpp
  PACKAGE nlohmann-json3-dev
  SHA256 0d8ef5af7f9794e3263480193c491549b2ba6cc74bb018906202ada498a79406
  URLS ${debian}/n/nlohmann-json3/nlohmann-json3_3.11.3.orig.tar.gz
       ${snapshot}/n/nlohmann-json3/nlohmann-json3_3.11.3.orig.tar.gz)
if(ZEUS_BUILD_APPS OR ZEUS_BUILD_DAEMON)
  zeus_headers(zeus_cli11 NAME cli11 VERSION 2.1.2 MACRO CLI11
    VERSION_IN CLI/Version.hpp CLI/CLI.hpp
    PACKAGE libcli11-dev
    SHA256 0b8fbf2398875f15f30a675c7f412123a2aaa38df2863e991de72004fd5f1292
    URLS ${debian}/c/cli11/cli11_2.4.1+ds.orig.tar.xz
         ${snapshot}/c/cli11/cli11_2.4.1+ds.orig.tar.xz)
endif()
zeus_report_missing()

# What zeusd is made of beside them: libraries of the system, which it is linked with. toml++ is
# headers here.
if(ZEUS_BUILD_DAEMON)
  include(zeus_system_libraries)
  zeus_system_library(zeus_microhttpd HEADER microhttpd.h LIBRARY microhttpd
                      PACKAGE libmicrohttpd-dev)
  zeus_system_library(zeus_systemd HEADER systemd/sd-daemon.h LIBRARY systemd
                      PACKAGE libsystemd-dev)
  zeus_system_library(zeus_toml HEADER toml++/toml.h PACKAGE libtomlplusplus-dev)
  zeus_report_missing_libraries()
endif()

# fmt's code is compiled once, into zeus_fmt_code, where that is known to work.
get_target_property(zeus_fmt_include zeus_fmt INTERFACE_INCLUDE_DIRECTORIES)
block(PROPAGATE zeus_fmt_is_compiled)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE EXECUTABLE)
  try_compile(zeus_fmt_is_compiled
    SOURCES "${CMAKE_CURRENT_LIST_DIR}/fmt_code.cc" "${CMAKE_CURRENT_LIST_DIR}/fmt_probe.cc"
    NO_CACHE
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${zeus_fmt_include}"
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
endblock()
if(zeus_fmt_is_compiled)
  add_library(zeus_fmt_code STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/fmt_code.cc")
  target_compile_features(zeus_fmt_code PRIVATE cxx_std_20)
  set_target_properties(zeus_fmt_code PROPERTIES POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(zeus_fmt_code SYSTEM PRIVATE "${zeus_fmt_include}")
  target_link_libraries(zeus_fmt INTERFACE zeus_fmt_code)
else()
  target_compile_definitions(zeus_fmt INTERFACE FMT_HEADER_ONLY=1)
endif()
message(STATUS "zeus: fmt is compiled once: ${zeus_fmt_is_compiled}")
