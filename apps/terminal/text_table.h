// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A table of texts in aligned columns.
#pragma once

#include <string>
#include <vector>

#include "apps/terminal/terminal.h"

namespace zeus::apps {

enum class Align { kLeft, kRight };

struct Column {
  std::string header;
  Align align = Align::kRight;
};

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column; cells that are missing are empty.
  void add_row(std::vector<std::string> cells, Look look = Look::kPlain);

  // The header, then the rows: two blanks before each column, no blanks at a line's end.
  [[nodiscard]] std::vector<StyledLine> lines() const;
  [[nodiscard]] std::string text(bool colours) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Look look;
  };

  [[nodiscard]] std::string line(const std::vector<std::string>& cells) const;
  [[nodiscard]] std::size_t width(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace zeus::apps
