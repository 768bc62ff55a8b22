// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The manual page zeus(1), for groff (groff_man(7)).
#pragma once

#include <string>

#include "apps/help/command_tree.h"

namespace zeus::apps {

[[nodiscard]] std::string man_page(const CommandEntry& root);

}  // namespace zeus::apps
