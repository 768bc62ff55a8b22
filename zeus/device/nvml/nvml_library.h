// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// An open session with NVIDIA's driver through its library, libnvidia-ml.so.1. Shared by the GPUs
// that were opened with it: the session ends when the last of them is gone, so that no driver call
// can come after the shutdown. Sessions are counted by the driver; any number may be open.
// Thread-safe. In a forked child every call throws ZeusForkError, and no shutdown is sent: the
// session is the parent's.
#pragma once

#include <string>

#include "zeus/device/nvml/nvml_error.h"
#include "zeus/device/nvml/nvml_functions.h"
#include "zeus/device/shared_library.h"
#include "zeus/fork_check.h"

namespace zeus::nvml {

inline constexpr const char* kLibraryName = "libnvidia-ml.so.1";

class Library {
 public:
  // Loads the library and opens a session. Throws ZeusGPUInitError where there is no such library,
  // where it is another vendor's (the message names the file and what it lacks), or where the
  // driver doesn't start (with NVML's code; the message says what to do).
  explicit Library(const std::string& file = kLibraryName);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  [[nodiscard]] const Functions& functions() const { return functions_; }

  // For example "580.159.04"; empty where the driver doesn't tell.
  [[nodiscard]] std::string driver_version() const;

  // Calls a function and returns the driver's answer: NOT_SUPPORTED where it has no such function.
  template <class... Parameters, class... Arguments>
  [[nodiscard]] Return answer(const Function<Parameters...>& function,
                              Arguments... arguments) const {
    fork_check_.require_same_process("this GPU");
    return function.address != nullptr ? function.address(arguments...) : kNotSupported;
  }

  // The checked call: anything but success is thrown, as the code's error class. `subject` says in
  // the message what the call was about.
  template <class... Parameters, class... Arguments>
  void call(const std::string& subject, const Function<Parameters...>& function,
            Arguments... arguments) const {
    const Return code = answer(function, arguments...);
    if (code != kSuccess) [[unlikely]] {
      fail(code, function.name, subject);
    }
  }

  // Throws for a code that the driver answered.
  [[noreturn]] void fail(Return code, const char* call, const std::string& subject,
                         const std::string& detail = {}) const;

 private:
  [[nodiscard]] std::string words_for(Return code) const;
  template <class... Parameters>
  void find(Function<Parameters...>& function) const;
  template <class... Parameters>
  void require(Function<Parameters...>& function) const;

  SharedLibrary library_;
  Functions functions_;
  const char* (*error_string_)(Return) = nullptr;
  ForkCheck fork_check_;
};

}  // namespace zeus::nvml
