// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/cuda_visible_devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string>& four_gpus() {
  static const std::vector<std::string> uuids = {
      "GPU-9942190a-aa31-4ff1-4aa9-c388d80f85f1", "GPU-9e8d35e3-a134-0fdd-0e01-23811fdbd293",
      "GPU-e429a63e-c61c-4795-b757-5132caeb8e70", "GPU-e56257c4-947f-6a5b-7ec9-0f45567ccf4e"};
  return uuids;
}

std::vector<int> visible(const std::string& text) { return visible_devices(text, four_gpus()); }

TEST(VisibleDevices, every_gpu_is_visible_in_order_where_nothing_is_set) {
  EXPECT_THAT(visible_devices(std::nullopt, four_gpus()), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(visible_devices(std::nullopt, {}), IsEmpty());
}

TEST(VisibleDevices, an_empty_string_hides_all) {
  EXPECT_THAT(visible(""), IsEmpty());
  EXPECT_THAT(visible_devices("", {}), IsEmpty());
}

TEST(VisibleDevices, indices_choose_and_order) {
  EXPECT_THAT(visible("2"), ElementsAre(2));
  EXPECT_THAT(visible("2,1"), ElementsAre(2, 1));
  EXPECT_THAT(visible("3,2,1,0"), ElementsAre(3, 2, 1, 0));
}

TEST(VisibleDevices, an_invalid_entry_hides_itself_and_all_after_it) {
  EXPECT_THAT(visible("0,2,-1,1"), ElementsAre(0, 2));  // the CUDA programming guide's example
  EXPECT_THAT(visible("0,4,1"), ElementsAre(0));
  EXPECT_THAT(visible("4"), IsEmpty());
  EXPECT_THAT(visible("-1"), IsEmpty());
  EXPECT_THAT(visible("one,two,3"), IsEmpty());
  EXPECT_THAT(visible("3,2,two,one"), ElementsAre(3, 2));
  EXPECT_THAT(visible("0,,1"), ElementsAre(0));
  EXPECT_THAT(visible(",0"), IsEmpty());
  EXPECT_THAT(visible("0,1,"), ElementsAre(0, 1));
  EXPECT_THAT(visible(","), IsEmpty());
}

TEST(VisibleDevices, an_index_is_read_like_strtol) {
  EXPECT_THAT(visible("1gpu2,2ampere"), ElementsAre(1, 2));
  EXPECT_THAT(visible("2, +3, -0,1"), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(visible("\t 1 ,0 "), ElementsAre(1, 0));
  EXPECT_THAT(visible("001"), ElementsAre(1));
  EXPECT_THAT(visible("0x1"), ElementsAre(0));
  EXPECT_THAT(visible("+-1"), IsEmpty());
  EXPECT_THAT(visible("- 1"), IsEmpty());
  EXPECT_THAT(visible("\"0\""), IsEmpty());
}

TEST(VisibleDevices, an_index_too_large_for_any_integer_is_invalid) {
  EXPECT_THAT(visible("1,4294967296"), ElementsAre(1));
  EXPECT_THAT(visible("1,18446744073709551616"), ElementsAre(1));
  EXPECT_THAT(visible("1,99999999999999999999999999999999"), ElementsAre(1));
  EXPECT_THAT(visible("1,-99999999999999999999999999999999"), ElementsAre(1));
}

TEST(VisibleDevices, a_gpu_listed_twice_hides_all) {
  EXPECT_THAT(visible("0,1,0"), IsEmpty());
  EXPECT_THAT(visible("1,+1"), IsEmpty());
  EXPECT_THAT(visible("GPU-9e8d35e3,GPU-9e8d35e3-a134"), IsEmpty());
  EXPECT_THAT(visible("0,-1,0"), ElementsAre(0));  // the second one doesn't count any more
}

TEST(VisibleDevices, uuids_choose_and_order) {
  EXPECT_THAT(visible(four_gpus()[2] + "," + four_gpus()[0]), ElementsAre(2, 0));
  EXPECT_THAT(visible("GPU-e4,GPU-9e8d35e3"), ElementsAre(2, 1));
  EXPECT_THAT(visible("GPU-e5"), ElementsAre(3));
}

TEST(VisibleDevices, an_unknown_or_ambiguous_uuid_is_invalid) {
  EXPECT_THAT(visible("GPU-e5,GPU-00,GPU-e4"), ElementsAre(3));
  EXPECT_THAT(visible("GPU-e5,GPU-9,GPU-e4"), ElementsAre(3));  // two begin with GPU-9
  EXPECT_THAT(visible("GPU-"), IsEmpty());
  EXPECT_THAT(visible("GPU-E5"), IsEmpty());
  EXPECT_THAT(visible("gpu-e5"), IsEmpty());
  EXPECT_THAT(visible("GPU"), IsEmpty());
  EXPECT_THAT(visible(four_gpus()[0] + "0"), IsEmpty());
  EXPECT_THAT(visible("GPU-e5, GPU-e4"), ElementsAre(3));  // no UUID begins with a space
}

TEST(VisibleDevices, a_list_is_of_one_kind) {
  EXPECT_THAT(visible("GPU-e5,0"), ElementsAre(3));
  EXPECT_THAT(visible("0,GPU-e5"), ElementsAre(0));
}

TEST(VisibleDevices, a_gpu_without_a_known_uuid_keeps_its_index) {
  const std::vector<std::string> uuids = {"", "GPU-aa", "GPU-bb"};
  EXPECT_THAT(visible_devices("2,0", uuids), ElementsAre(2, 0));
  EXPECT_THAT(visible_devices("GPU-bb", uuids), ElementsAre(2));
}

TEST(VisibleDevices, a_mig_identifier_is_refused_by_name) {
  for (const std::string text :
       {"MIG-89c850dc-0000", "MIG-GPU-9942190a-aa31/1/0", "0,MIG-89c850dc-0000", " MIG-1"}) {
    try {
      static_cast<void>(visible(text));
      ADD_FAILURE() << text << " was accepted";
    } catch (const ZeusGPUNotSupportedError& error) {
      EXPECT_THAT(error.what(), HasSubstr(text.substr(text.find("MIG-"))));
      EXPECT_THAT(error.what(), HasSubstr("CUDA_VISIBLE_DEVICES"));
    }
  }
}

TEST(VisibleDevices, a_mig_identifier_behind_an_invalid_entry_does_not_count) {
  EXPECT_THAT(visible("0,-1,MIG-89c850dc"), ElementsAre(0));
  EXPECT_THAT(visible("1,1,MIG-89c850dc"), IsEmpty());
}

TEST(VisibleDevices, a_list_of_uuids_is_told_from_one_of_indices) {
  EXPECT_TRUE(lists_uuids("GPU-e5"));
  EXPECT_FALSE(lists_uuids("0,GPU-e5"));
  EXPECT_FALSE(lists_uuids(""));
  EXPECT_FALSE(lists_uuids(std::nullopt));
}

}  // namespace
}  // namespace zeus::nvml
