// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The profile file: what a search measured, as JSON.
//
//     {"measurements": [{"power_limit": 250, "energy": 1234.5, "time": 5.6,             W, J, s
//                        "energy_error": 1.5, "time_error": 0.02, "steps": 40}, …],
//      "format_version": 2, "gpu_model": "…", "gpu_uuids": ["GPU-…"], "simulated": false,
//      "power_limit_range": {"min": 100, "max": 250},
//      "settings": {"warmup_steps": 10, "profile_steps": 40, "pl_step": 25}}
//
// Energy and time are for `profile_steps` steps, of all the GPUs listed together; the errors are
// one standard deviation, "steps" is how many were measured. Points that were measured until they
// were sure (wanted_error) may have "drifts": true, "sure": false, and "long_steps" with their
// "share", how many "times" a normal step's time they take, and whether they are "counted"; a limit
// may be there more than once. A measurement at a locked clock has "locked_clock", in MHz. Files of
// the Python package zeus (ml-energy), which have "measurements" of three keys alone, and of
// version 1 load here; these load there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/optimizer/probe_result.h"

namespace zeus {

// On what, and how, the points were measured.
struct ProfileOrigin {
  std::string gpu_model;
  std::vector<std::string> gpu_uuids;  // every GPU of the job; the energies are of all together
  PowerLimitRange range;
  int warmup_steps = 0;
  int profile_steps = 0;
  Watts pl_step;
  bool is_simulated = false;  // measured on a simulated driver
};

struct Profile {
  std::vector<ProbeResult> measurements;
  std::optional<ProfileOrigin> origin;  // absent in files of the Python package
};

[[nodiscard]] std::string to_json(const Profile& profile);

// `name` is the file's, for messages. Throws ZeusFileError for text that is empty, damaged, has no
// measurements, or has one that is not a positive number.
[[nodiscard]] Profile parse_profile(std::string_view text, const std::string& name);

// Throws ZeusFileError where the profile is of another GPU model, was simulated while `here` is
// not, or has limits outside the range.
void require_profile_fits(const Profile& profile, const ProfileOrigin& here,
                          const std::string& name);

// The measurements as `gpu_count` GPUs would give them, each doing what each of the profile's did:
// energies grow with the number, times don't. `scaled_from` is the profile's number where that is
// another one, else 0. A file of the Python package doesn't say on how many GPUs it was measured:
// its figures are taken as they are. Throws ZeusFileError where so few GPUs cannot have drawn them.
struct ProfileForJob {
  std::vector<ProbeResult> measurements;
  std::size_t scaled_from = 0;
};
[[nodiscard]] ProfileForJob profile_for_job(const Profile& profile, std::size_t gpu_count,
                                            const std::string& name);

}  // namespace zeus
