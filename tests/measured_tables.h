// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the measured tables are (docs/measured_tables.md): the environment variable
// ZEUS_MEASURED_TABLES_DIR, else the CMake variable of that name. Empty: tests that need them are
// skipped.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/paths.h"

inline std::filesystem::path measured_table(const std::string& file) {
  const char* const folder = std::getenv("ZEUS_MEASURED_TABLES_DIR");
  return std::filesystem::path(folder != nullptr ? folder : ZEUS_MEASURED_TABLES_DIR) / file;
}

// Why a test of that table cannot run; empty when it can.
inline std::string missing_measured_table(const std::string& file) {
  const std::filesystem::path path = measured_table(file);
  if (std::filesystem::exists(path) && path.has_parent_path()) return {};
  return "the measured table " + path.string() +
         " is not there; docs/measured_tables.md says where it comes from and how to set "
         "ZEUS_MEASURED_TABLES_DIR";
}
