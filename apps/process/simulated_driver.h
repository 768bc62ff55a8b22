// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zeus::apps {

// Whether the driver of this process is the simulated one.
[[nodiscard]] bool driver_is_simulated();

}  // namespace zeus::apps
