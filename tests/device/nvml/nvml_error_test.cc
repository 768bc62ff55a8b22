// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/device/nvml/error_classes.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(NvmlError, every_code_throws_its_class_and_keeps_code_and_call) {
  for (const auto& [code, is_class] : error_classes()) {
    try {
      throw_error({.code = code, .call = "nvmlCall", .subject = "GPU 0", .answer = "words"});
    } catch (const ZeusBaseGPUError& error) {
      EXPECT_TRUE(is_class(error)) << "code " << code << ": " << error.what();
      EXPECT_EQ(error.code(), code);
      EXPECT_EQ(error.call(), "nvmlCall");
    }
  }
}

TEST(NvmlError, a_code_that_is_not_known_yet_is_an_unknown_error) {
  EXPECT_THROW(throw_error({.code = 12345, .call = "nvmlCall"}), ZeusGPUUnknownError);
  EXPECT_THROW(throw_error({.code = -1, .call = "nvmlCall"}), ZeusGPUUnknownError);
}

TEST(NvmlError, a_message_is_one_line_that_names_gpu_call_answer_and_code) {
  const std::string message = message_of({.code = kTimeout,
                                          .call = "nvmlDeviceGetPowerUsage",
                                          .subject = "GPU 3 (Tesla V100, GPU-1234)",
                                          .answer = "Timeout"});
  EXPECT_EQ(message,
            "GPU 3 (Tesla V100, GPU-1234): nvmlDeviceGetPowerUsage: Timeout (NVML code 10)");
}

TEST(NvmlError, a_missing_right_is_told_with_what_gives_it) {
  EXPECT_THAT(message_of({.code = kNoPermission, .call = "c", .subject = "GPU 0"}),
              AllOf(HasSubstr("root or CAP_SYS_ADMIN"), Not(HasSubstr("\n"))));
}

TEST(NvmlError, a_driver_that_does_not_start_is_told_with_what_to_do) {
  EXPECT_THAT(remedy_for_init(kDriverNotLoaded), HasSubstr("modprobe nvidia"));
  EXPECT_THAT(remedy_for_init(kLibraryNotFound), HasSubstr("stub"));
  EXPECT_THAT(remedy_for_init(kNoPermission), HasSubstr("/dev/nvidiactl"));
  EXPECT_THAT(remedy_for_init(kLibRmVersionMismatch), HasSubstr("reboot"));
  EXPECT_STREQ(command_for_init(kDriverNotLoaded), "sudo modprobe nvidia");
  EXPECT_STREQ(command_for_init(kUnknown), "");
}

}  // namespace
}  // namespace zeus::nvml
