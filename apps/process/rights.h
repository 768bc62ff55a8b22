// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the kernel lets this process do, found without trying it.
#pragma once

namespace zeus::apps {

struct Rights {
  bool is_root = false;
  // What NVIDIA's driver asks for when a power limit is set. Root has it, except in containers.
  bool has_sys_admin = false;
};

[[nodiscard]] Rights current_rights();

}  // namespace zeus::apps
