// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A profile file is either taken or refused with a ZeusFileError; what is taken is written back as
// it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const zeus::Profile profile =
        zeus::parse_profile({reinterpret_cast<const char*>(data), size}, "p.json");
    const zeus::Profile again = zeus::parse_profile(zeus::to_json(profile), "again.json");
    if (again.measurements.size() != profile.measurements.size()) std::abort();
    for (std::size_t i = 0; i < profile.measurements.size(); ++i) {
      const zeus::ProbeResult& before = profile.measurements[i];
      const zeus::ProbeResult& after = again.measurements[i];
      if (before.setting != after.setting || before.energy != after.energy ||
          before.time != after.time) {
        std::abort();
      }
    }
  } catch (const zeus::ZeusFileError& error) {
    if (std::string_view(error.what()).find("'p.json'") == std::string_view::npos) std::abort();
  }
  return 0;
}
