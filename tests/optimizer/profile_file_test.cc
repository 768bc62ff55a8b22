// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "zeus/error.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(std::string_view text) {
  try {
    static_cast<void>(parse_profile(text, "p.json"));
  } catch (const ZeusFileError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

ProfileOrigin v100() {
  return {.gpu_model = "Tesla V100",
          .gpu_uuids = {"GPU-1", "GPU-2"},
          .range = {Watts(100), Watts(250)},
          .warmup_steps = 10,
          .profile_steps = 40,
          .pl_step = Watts(12.5)};
}

// Found by the fuzzer: they were taken, and written back as others.
TEST(ProfileFile, with_a_limit_that_no_driver_can_have_is_refused) {
  for (const char* watts : {"0.0001", "1e9", "1e300"}) {
    EXPECT_THAT(refusal(std::string(R"({"measurements": [{"power_limit": )") + watts +
                        R"(, "energy": 1, "time": 1}]})"),
                HasSubstr("\"power_limit\" is no power limit in watts"))
        << watts;
  }
  const Profile found = parse_profile(
      R"({"measurements": [{"power_limit": 250.0000001, "energy": 1, "time": 1}]})", "p.json");
  EXPECT_EQ(found.measurements.at(0).setting.power_limit, Watts(250));
}

TEST(ProfileFile, is_readable_json_with_whole_watts_as_integers) {
  const std::string text = to_json({.measurements = {{{Watts(250)}, Joules(1234.5), Seconds(6)},
                                                     {{Watts(237.5)}, Joules(1000), Seconds(6.25)}},
                                    .origin = v100()});
  EXPECT_EQ(text, R"({
    "measurements": [
        {
            "power_limit": 250,
            "energy": 1234.5,
            "time": 6.0
        },
        {
            "power_limit": 237.5,
            "energy": 1000.0,
            "time": 6.25
        }
    ],
    "format_version": 2,
    "gpu_model": "Tesla V100",
    "gpu_uuids": [
        "GPU-1",
        "GPU-2"
    ],
    "simulated": false,
    "power_limit_range": {
        "min": 100,
        "max": 250
    },
    "settings": {
        "warmup_steps": 10,
        "profile_steps": 40,
        "pl_step": 12.5
    }
}
)");
}

// As the Python package writes it.
TEST(ProfileFile, reads_measurements_alone) {
  const Profile profile = parse_profile(
      R"({"measurements": [{"power_limit": 300, "energy": 100.5, "time": 2.5}]})", "p.json");
  ASSERT_EQ(profile.measurements.size(), 1U);
  EXPECT_EQ(profile.measurements[0].setting.power_limit, Watts(300));
  EXPECT_EQ(profile.measurements[0].energy, Joules(100.5));
  EXPECT_EQ(profile.measurements[0].time, Seconds(2.5));
  EXPECT_FALSE(profile.origin);
}

TEST(ProfileFile, what_is_written_is_what_is_read) {
  constexpr std::int64_t kMostMilliwatts = 1'000'000'000;  // more is no power limit
  EXPECT_TRUE(rc::check([](const std::vector<std::tuple<int, int, int>>& rows) {
    Profile profile{.measurements = {}, .origin = v100()};
    for (const auto& [limit, energy, time] : rows) {
      profile.measurements.push_back(
          {{from_milliwatts(std::abs(static_cast<std::int64_t>(limit)) % kMostMilliwatts + 1)},
           Joules(std::abs(energy / 7.0) + 0.1),
           Seconds(std::abs(time / 13.0) + 0.1)});
    }
    RC_PRE(!profile.measurements.empty());
    const Profile again = parse_profile(to_json(profile), "p.json");
    RC_ASSERT(again.measurements.size() == profile.measurements.size());
    for (std::size_t i = 0; i < profile.measurements.size(); ++i) {
      RC_ASSERT(again.measurements[i].setting.power_limit ==
                profile.measurements[i].setting.power_limit);
      RC_ASSERT(again.measurements[i].energy == profile.measurements[i].energy);
      RC_ASSERT(again.measurements[i].time == profile.measurements[i].time);
    }
    RC_ASSERT(again.origin->gpu_uuids == profile.origin->gpu_uuids);
  }));
}

TEST(ProfileFile, every_kind_of_damage_is_one_line_that_names_the_file) {
  for (
      const std::string_view text :
      {"",
       " \n\t",
       "{",
       "[]",
       "null",
       "42",
       "\"x\"",
       "{}",
       R"({"measurements": []})",
       R"({"measurements": 3})",
       R"({"measurements": {}})",
       R"({"measurements": [1]})",
       R"({"measurements": [{}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1}]})",
       R"({"measurements": [{"power_limit": "100", "energy": 1, "time": 1}]})",
       R"({"measurements": [{"power_limit": 0, "energy": 1, "time": 1}]})",
       R"({"measurements": [{"power_limit": -100, "energy": 1, "time": 1}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 0, "time": 1}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": -1}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": null}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": true}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1e999, "time": 1}]})",
       R"({"measurements": [{"power_limit": 100, "energy": NaN, "time": 1}]})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": 1}], "format_version": 1})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": 1}], "format_version": 3})",
       R"({"measurements": [{"power_limit": 100, "energy": 1, "time": 1}], "format_version": "1"})"}) {
    EXPECT_THAT(refusal(text), AllOf(HasSubstr("'p.json'"), HasSubstr("delete it or give another"),
                                     Not(HasSubstr("\n"))))
        << text;
  }
}

TEST(ProfileFile, any_bytes_are_a_profile_or_a_clear_error) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    try {
      static_cast<void>(parse_profile(bytes, "p.json"));
    } catch (const ZeusFileError&) {
    }
  }));
}

TEST(ProfileFile, a_prefix_of_a_profile_is_never_taken_for_one) {
  const std::string text = to_json({.measurements = {{{Watts(250)}, Joules(1), Seconds(6)},
                                                     {{Watts(225)}, Joules(2), Seconds(6)}},
                                    .origin = v100()});
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_THROW(static_cast<void>(parse_profile(text.substr(0, length), "p.json")), ZeusFileError)
        << length;
  }
}

TEST(ProfileFile, a_gpus_name_with_any_bytes_does_not_stop_the_file) {
  ProfileOrigin origin = v100();
  origin.gpu_model = "\xff\xfe";
  EXPECT_NO_THROW(static_cast<void>(
      to_json({.measurements = {{{Watts(250)}, Joules(1), Seconds(6)}}, .origin = origin})));
}

void require_fits(const Profile& profile) { require_profile_fits(profile, v100(), "p.json"); }

TEST(ProfileFile, must_be_of_this_model_and_range) {
  const std::vector<ProbeResult> points = {{{Watts(100)}, Joules(1), Seconds(1)},
                                           {{Watts(250)}, Joules(1), Seconds(1)}};
  EXPECT_NO_THROW(require_fits({points, v100()}));
  EXPECT_NO_THROW(require_fits({points, std::nullopt}));
  ProfileOrigin other_uuids = v100();
  other_uuids.gpu_uuids = {"GPU-9"};
  EXPECT_NO_THROW(require_fits({points, other_uuids}));
  ProfileOrigin other_model = v100();
  other_model.gpu_model = "A40";
  EXPECT_THROW(require_fits({points, other_model}), ZeusFileError);
  ProfileOrigin other_range = v100();
  other_range.range.max = Watts(300);
  EXPECT_THROW(require_fits({points, other_range}), ZeusFileError);
  EXPECT_THROW(require_fits({{{{Watts(300)}, Joules(1), Seconds(1)}}, std::nullopt}),
               ZeusFileError);
  EXPECT_THROW(require_fits({{{{Watts(99)}, Joules(1), Seconds(1)}}, std::nullopt}), ZeusFileError);
}

TEST(ProfileFile, that_was_simulated_is_refused_on_real_gpus) {
  const std::vector<ProbeResult> points = {{{Watts(100)}, Joules(1), Seconds(1)}};
  ProfileOrigin simulated = v100();
  simulated.is_simulated = true;
  const std::string text = to_json({points, simulated});
  EXPECT_THAT(text, HasSubstr("\"simulated\": true"));
  const Profile read = parse_profile(text, "p.json");
  EXPECT_TRUE(read.origin->is_simulated);
  try {
    require_fits(read);
    ADD_FAILURE() << "no error";
  } catch (const ZeusFileError& error) {
    EXPECT_STREQ(error.what(),
                 "profile file 'p.json' was measured on simulated GPUs, these are real; delete it "
                 "or give another profile_path");
  }
  // The other way round nobody is misled, and a file that doesn't say is taken.
  EXPECT_NO_THROW(require_profile_fits({points, v100()}, simulated, "p.json"));
  EXPECT_NO_THROW(require_fits({points, std::nullopt}));
}

TEST(ProfileFile, of_other_gpus_in_number_is_scaled_energies_alone) {
  const Profile profile{{{.setting = {Watts(100)},
                          .energy = Joules(500),
                          .time = Seconds(4),
                          .energy_error = Joules(5),
                          .time_error = Seconds(0.1),
                          .steps = 40}},
                        v100()};
  const ProfileForJob same = profile_for_job(profile, 2, "p.json");
  EXPECT_EQ(same.scaled_from, 0U);
  EXPECT_EQ(same.measurements.at(0).energy, Joules(500));
  const ProfileForJob of_eight = profile_for_job(profile, 8, "p.json");
  EXPECT_EQ(of_eight.scaled_from, 2U);
  EXPECT_EQ(of_eight.measurements.at(0).energy, Joules(2000));
  EXPECT_EQ(of_eight.measurements.at(0).energy_error, Joules(20));
  EXPECT_EQ(of_eight.measurements.at(0).time, Seconds(4));
  EXPECT_EQ(of_eight.measurements.at(0).time_error, Seconds(0.1));
  EXPECT_EQ(profile_for_job(profile, 1, "p.json").measurements.at(0).energy, Joules(250));
}

TEST(ProfileFile, that_does_not_say_its_gpus_is_refused_where_so_few_cannot_have_drawn_it) {
  const Profile of_eight{{{{Watts(250)}, Joules(9000), Seconds(5)}}, std::nullopt};
  EXPECT_EQ(profile_for_job(of_eight, 8, "p.json").measurements.at(0).energy, Joules(9000));
  EXPECT_NO_THROW((void)profile_for_job(of_eight, 6, "p.json"));
  try {
    (void)profile_for_job(of_eight, 1, "p.json");
    ADD_FAILURE() << "no error";
  } catch (const ZeusFileError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("1800 W at a limit of 250 W"),
                                    HasSubstr("6 GPUs or more, and this job has 1")));
  }
}

TEST(ProfileFile, that_names_no_gpu_is_refused) {
  ProfileOrigin nobody = v100();
  nobody.gpu_uuids.clear();
  EXPECT_THAT(refusal(to_json({{{{Watts(100)}, Joules(1), Seconds(1)}}, nobody})),
              HasSubstr("it names no GPU"));
}

}  // namespace
}  // namespace zeus
