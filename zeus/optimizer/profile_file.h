// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The profile file: what a sweep measured, as JSON.
//
//     {"measurements": [{"power_limit": 250, "energy": 1234.5, "time": 5.6}, …],   W, J, s
//      "format_version": 1, "gpu_model": "…", "gpu_uuids": ["GPU-…"],
//      "power_limit_range": {"min": 100, "max": 250},
//      "settings": {"warmup_steps": 10, "profile_steps": 40, "pl_step": 25}}
//
// "measurements" alone is what the Python package zeus (ml-energy) reads and writes: its files load
// here and these load there. The other keys are optional when reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/optimizer/optimum_selector.h"

namespace zeus {

// On what, and how, the points were measured.
struct ProfileOrigin {
  std::string gpu_model;
  std::vector<std::string> gpu_uuids;
  PowerLimitRange range;
  int warmup_steps = 0;
  int profile_steps = 0;
  Watts pl_step;
};

struct Profile {
  std::vector<PowerLimitMeasurement> measurements;
  std::optional<ProfileOrigin> origin;  // absent in files of the Python package
};

[[nodiscard]] std::string to_json(const Profile& profile);

// `name` is the file's, for messages. Throws ZeusFileError for text that is empty, damaged, has no
// measurements, or has one that is not a positive number.
[[nodiscard]] Profile parse_profile(std::string_view text, const std::string& name);

// Throws ZeusFileError where the profile is of another GPU model or has limits outside `range`.
void require_profile_fits(const Profile& profile, const std::string& gpu_model,
                          PowerLimitRange range, const std::string& name);

}  // namespace zeus
