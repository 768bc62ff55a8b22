// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The reports as JSON, for programs: one schema a subcommand (docs/cli.md), SI units, the unit in
// the key's name. Each text ends with a newline.
#pragma once

#include <string>

#include "apps/commands/demo/demo_report.h"
#include "apps/commands/env/env.h"
#include "apps/commands/measure/measure.h"
#include "apps/commands/power/power.h"
#include "apps/commands/profile/profile_compare.h"
#include "apps/commands/profile/profile_show.h"

namespace zeus::apps {

[[nodiscard]] std::string to_json(const DemoReport& report);
[[nodiscard]] std::string to_json(const EnvReport& report);
[[nodiscard]] std::string to_json(const MeasureReport& report);
[[nodiscard]] std::string to_json(const PowerReport& report);
[[nodiscard]] std::string to_json(const CompareReport& report);
[[nodiscard]] std::string to_json(const ProfileReport& report);

}  // namespace zeus::apps
