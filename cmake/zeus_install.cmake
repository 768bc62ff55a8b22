# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` gives: libzeus and its public headers, find_package(zeus), pkg-config's zeus,
# the zeus command and the simulated driver. Included after all targets are there.
include(CMakePackageConfigHelpers)

# All or nothing: what isn't built yet is built before the first file is installed.
set(zeus_installed zeus zeus_guard)
foreach(target IN ITEMS zeus_mpi zeus_command zeusd zeus_simulator zeus_virtual_clock zeus_nvidia_smi)
  if(TARGET ${target})
    list(APPEND zeus_installed ${target})
  endif()
endforeach()
add_custom_target(zeus_installed)
add_dependencies(zeus_installed ${zeus_installed})
set(zeus_installed_files "")
foreach(target IN LISTS zeus_installed)
  list(APPEND zeus_installed_files "$<TARGET_FILE:${target}>")
endforeach()
if(TARGET zeus_command_texts)
  set(zeus_texts_folder "${PROJECT_BINARY_DIR}/apps")
  add_dependencies(zeus_installed zeus_command_texts)
  list(APPEND zeus_installed_files "${zeus_texts_folder}/zeus.1" "${zeus_texts_folder}/zeus.bash"
       "${zeus_texts_folder}/zeus.zsh" "${zeus_texts_folder}/zeus.fish")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/build_missing.cmake.in" build_missing.cmake.in @ONLY)
file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/build_missing_$<CONFIG>.cmake"
     INPUT "${PROJECT_BINARY_DIR}/build_missing.cmake.in")
install(CODE "include(\"${PROJECT_BINARY_DIR}/build_missing_$<CONFIG>.cmake\")")

# With MPI: find_package(zeus COMPONENTS mpi).
if(TARGET zeus_mpi)
  install(TARGETS zeus_mpi EXPORT zeus_mpi
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT zeus_mpi NAMESPACE zeus:: DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/zeus")
endif()

install(TARGETS zeus EXPORT zeus
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILE_SET written_headers DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

# Where the library looks for it.
install(TARGETS zeus_guard RUNTIME DESTINATION "${CMAKE_INSTALL_LIBDIR}/zeus")

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

# The .deb: all of the above.
if(TARGET zeusd AND PROJECT_IS_TOP_LEVEL)
  include(zeus_package)
endif()
