# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# zeus/abi.h, by which the public headers refuse programs whose std::string, std::vector… differ from
# those in libzeus. It says what libzeus is built with, which is found by compiling.

# zeus_compiles(OUT CONDITION): whether the preprocessor takes CONDITION for true, with the flags that
# libzeus is compiled with.
function(zeus_compiles out condition)
  get_directory_property(definitions COMPILE_DEFINITIONS)
  list(FILTER definitions INCLUDE REGEX "^_(GLIBCXX|LIBCPP)_")
  list(TRANSFORM definitions PREPEND -D)
  get_directory_property(options COMPILE_OPTIONS)
  list(FILTER options INCLUDE REGEX "^(-D_(GLIBCXX|LIBCPP)_|-stdlib=)")
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_TRY_COMPILE_CONFIGURATION "${CMAKE_BUILD_TYPE}")
  try_compile(compiles
    SOURCE_FROM_CONTENT probe.cc "#include <version>\n#if !(${condition})\n#error no\n#endif\n"
    NO_CACHE
    COMPILE_DEFINITIONS ${definitions} ${options}
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  set(${out} "${compiles}" PARENT_SCOPE)
endfunction()

# The usual answer with one compilation.
set(ZEUS_HAS_CXX11_ABI 1)
set(ZEUS_HAS_DEBUG_MODE 0)
set(ZEUS_HAS_LIBCXX 0)
zeus_compiles(usual
              "_GLIBCXX_USE_CXX11_ABI && !defined(_GLIBCXX_DEBUG) && !defined(_LIBCPP_VERSION)")
if(NOT usual)
  zeus_compiles(ZEUS_HAS_CXX11_ABI "_GLIBCXX_USE_CXX11_ABI")
  zeus_compiles(ZEUS_HAS_DEBUG_MODE "defined(_GLIBCXX_DEBUG)")
  zeus_compiles(ZEUS_HAS_LIBCXX "defined(_LIBCPP_VERSION)")
  foreach(answer IN ITEMS ZEUS_HAS_CXX11_ABI ZEUS_HAS_DEBUG_MODE ZEUS_HAS_LIBCXX)
    if(${answer})
      set(${answer} 1)
    else()
      set(${answer} 0)
    endif()
  endforeach()
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/abi.h.in" include/zeus/abi.h @ONLY)
