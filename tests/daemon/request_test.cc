// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace zeus::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The status and the sentence of a request that is refused.
std::pair<int, std::string> refusal(std::string_view method, std::string_view target) {
  try {
    static_cast<void>(parse_request(method, target));
  } catch (const RequestError& error) {
    return {error.status(), error.what()};
  }
  return {200, ""};
}

TEST(RequestTest, a_write_is_read_whole) {
  const Request request = parse_request(
      "POST", "/gpu/set_power_limit?gpu_ids=0%2C3,GPU-1&power_limit_mw=150000&block=false");
  EXPECT_EQ(request.endpoint, Endpoint::kSetPowerLimit);
  EXPECT_EQ(request.group, ApiGroup::kGpuControl);
  EXPECT_THAT(request.devices.value(), ElementsAre("0", "3", "GPU-1"));
  EXPECT_EQ(request.power_limit_mw, 150000U);
  EXPECT_FALSE(request.block);
  EXPECT_FALSE(request.persist);
}

TEST(RequestTest, every_row_of_the_interface_is_there_with_what_it_needs) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"GET", "/discover"},
      {"GET", "/time"},
      {"GET", "/auth/whoami"},
      {"GET", "/metrics"},
      {"POST", "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=1&block=true"},
      {"POST", "/gpu/set_persistence_mode?gpu_ids=0&enabled=true&block=true"},
      {"POST", "/gpu/set_gpu_locked_clocks?gpu_ids=0&min_clock_mhz=1&max_clock_mhz=2&block=true"},
      {"POST", "/gpu/set_mem_locked_clocks?gpu_ids=0&min_clock_mhz=1&max_clock_mhz=2&block=true"},
      {"POST", "/gpu/reset_gpu_locked_clocks?gpu_ids=0&block=true"},
      {"POST", "/gpu/reset_mem_locked_clocks?gpu_ids=0&block=true"},
      {"POST", "/gpu/reset_locked_clocks?gpu_ids=0&block=true"},
      {"GET", "/gpu/get_cumulative_energy"},
      {"GET", "/gpu/get_power?gpu_ids=0"},
      {"GET", "/gpu/stream_power"},
      {"GET", "/gpu/get_power_limit"},
      {"GET", "/gpu/get_power_limit_constraints"},
      {"GET", "/gpu/get_persistence_mode"},
      {"GET", "/cpu/get_cumulative_energy?cpu=true&dram=false"},
      {"GET", "/cpu/get_power?cpu_ids=0"},
      {"GET", "/cpu/stream_power"},
      {"GET", "/lease"},
      {"POST", "/lease/acquire?gpu_ids=0&length_s=10&until_disconnect=true"},
      {"POST", "/lease/heartbeat"},
      {"POST", "/lease/release?persist=true"},
      {"POST", "/lease/restore"},
  };
  for (const auto& [method, target] : rows) {
    EXPECT_EQ(refusal(method, target).first, 200) << target;
    const std::string other = std::string(method) == "GET" ? "POST" : "GET";
    EXPECT_EQ(refusal(other, target).first, 405) << target;
  }
}

TEST(RequestTest, what_is_missing_unknown_or_twice_is_refused_by_name) {
  EXPECT_THAT(refusal("POST", "/gpu/set_power_limit?gpu_ids=0&block=true").second,
              HasSubstr("needs the parameter power_limit_mw"));
  EXPECT_THAT(refusal("POST", "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=1").second,
              HasSubstr("needs the parameter block"));
  EXPECT_THAT(refusal("GET", "/gpu/get_power?gpu_id=0").second,
              HasSubstr("has no parameter 'gpu_id'"));
  EXPECT_THAT(refusal("GET", "/gpu/get_power?gpu_ids=0&gpu_ids=1").second,
              HasSubstr("given twice"));
  EXPECT_THAT(refusal("GET", "/gpu/get_power?gpu_ids=0,0").second, HasSubstr("lists '0' twice"));
  EXPECT_THAT(refusal("GET", "/cpu/get_cumulative_energy?cpu=true").second,
              HasSubstr("needs the parameter dram"));
  EXPECT_THAT(refusal("GET", "/gpu/get_power?cpu_ids=0").second, HasSubstr("no parameter"));
}

TEST(RequestTest, values_that_are_none_are_refused) {
  for (const char* const target : {
           "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=-1&block=true",
           "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=1e5&block=true",
           "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=99999999999999999999&block=true",
           "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=&block=true",
           "/gpu/set_power_limit?gpu_ids=0&power_limit_mw=1&block=yes",
           "/gpu/set_power_limit?gpu_ids=&power_limit_mw=1&block=true",
           "/gpu/set_power_limit?gpu_ids=0,&power_limit_mw=1&block=true",
           "/gpu/set_power_limit?gpu_ids=%2&power_limit_mw=1&block=true",
           "/gpu/set_power_limit?gpu_ids=%zz&power_limit_mw=1&block=true",
       }) {
    EXPECT_EQ(refusal("POST", target).first, 400) << target;
  }
}

TEST(RequestTest, other_paths_and_methods_are_refused) {
  EXPECT_EQ(refusal("GET", "/").first, 404);
  EXPECT_EQ(refusal("GET", "/gpu/set_power_limits").first, 404);
  EXPECT_EQ(refusal("GET", "").first, 404);
  EXPECT_EQ(refusal("HEAD", "/discover").first, 405);
}

TEST(RequestTest, the_length_of_everything_is_bounded) {
  EXPECT_EQ(refusal("GET", "/time?" + std::string(9000, 'a')).first, 414);
  std::string many = "/gpu/get_power?gpu_ids=0";
  for (int i = 1; i < 300; ++i) many += "," + std::to_string(i);
  EXPECT_THAT(refusal("GET", many).second, HasSubstr("more than 256"));
}

TEST(RequestTest, what_is_shown_of_a_request_holds_nothing_that_a_terminal_obeys) {
  const std::string sentence = refusal("GET", "/gpu/get_power?%1b%5b2J=0").second;
  EXPECT_THAT(sentence, HasSubstr("'?[2J'"));
}

}  // namespace
}  // namespace zeus::daemon
