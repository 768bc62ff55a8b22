// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/text_table.h"

#include <algorithm>
#include <utility>

namespace zeus::apps {

void TextTable::add_row(std::vector<std::string> cells, Look look) {
  cells.resize(columns_.size());
  rows_.push_back({.cells = std::move(cells), .look = look});
}

std::size_t TextTable::width(std::size_t column) const {
  std::size_t widest = display_width(columns_[column].header);
  for (const Row& row : rows_) widest = std::max(widest, display_width(row.cells[column]));
  return widest;
}

std::string TextTable::line(const std::vector<std::string>& cells) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string padding(width(i) - display_width(cells[i]), ' ');
    text +=
        columns_[i].align == Align::kLeft ? "  " + cells[i] + padding : "  " + padding + cells[i];
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<StyledLine> TextTable::lines() const {
  std::vector<std::string> headers;
  headers.reserve(columns_.size());
  for (const Column& column : columns_) headers.push_back(column.header);
  std::vector<StyledLine> all{{line(headers), Look::kDim}};
  for (const Row& row : rows_) all.push_back({line(row.cells), row.look});
  return all;
}

std::string TextTable::text(bool colours) const {
  std::string all;
  for (const auto& [text, look] : lines()) all += styled(text, look, colours) + "\n";
  return all;
}

}  // namespace zeus::apps
