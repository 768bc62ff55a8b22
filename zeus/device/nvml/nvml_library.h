// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// An open session with NVIDIA's driver through its library, libnvidia-ml.so.1. Shared by the GPUs
// that were opened with it: the session ends when the last of them is gone, so that no driver call
// can come after the shutdown. Sessions are counted by the driver; any number may be open.
// Thread-safe. In a forked child every call throws ZeusForkError, and neither a shutdown nor
// another init is sent: the session is the parent's.
//
// Another library in the process may call nvmlShutdown once too often, and so end this session. A
// call that the driver answers with UNINITIALIZED therefore opens the session again, once, and is
// repeated; the GPUs' handles are looked up again by UUID. If that fails too, the caller gets the
// answer. As many shutdowns are sent in the end as there were inits: the driver counts on that.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "zeus/device/nvml/nvml_error.h"
#include "zeus/device/nvml/nvml_functions.h"
#include "zeus/device/shared_library.h"
#include "zeus/fork_check.h"

namespace zeus::nvml {

inline constexpr const char* kLibraryName = "libnvidia-ml.so.1";

// Loads the driver's library. Throws ZeusGPUInitError where there is none: no driver is installed.
[[nodiscard]] SharedLibrary load_library(const std::string& file = kLibraryName);

// A GPU's handle. Library looks it up again by UUID after a session was opened again. Thread-safe.
class DeviceHandle {
 public:
  DeviceHandle(Device device, std::string uuid);

 private:
  friend class Library;

  const std::string uuid_;
  mutable std::atomic<Device> device_;
  mutable std::atomic<unsigned> reopenings_;  // how many there had been when it was looked up
};

class Library {
 public:
  // Opens a session. Throws ZeusGPUInitError where the library is another vendor's (the message
  // names the file and what it lacks), or where the driver doesn't start (with NVML's code; the
  // message says what to do).
  explicit Library(SharedLibrary library);
  // The same after load_library(), with its errors.
  explicit Library(const std::string& file = kLibraryName) : Library(load_library(file)) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  [[nodiscard]] const Functions& functions() const { return functions_; }

  // Whether this is a simulated driver, known by what it has beyond NVML.
  [[nodiscard]] bool is_simulated() const { return library_.symbol("zeus_sim_step") != nullptr; }

  // For example "580.159.04"; empty where the driver doesn't tell.
  [[nodiscard]] std::string driver_version() const;

  // Calls a function and returns the driver's answer: NOT_SUPPORTED where it has no such function.
  // A GPU is given as its DeviceHandle.
  template <class... Parameters, class... Arguments>
  [[nodiscard]] Return answer(const Function<Parameters...>& function,
                              const Arguments&... arguments) const {
    fork_check_.require_same_process("this GPU");
    if (function.address == nullptr) return kNotSupported;
    const Return code = function.address(as_parameter(arguments)...);
    if (code != kUninitialized || !reopen()) return code;
    return function.address(as_parameter(arguments)...);
  }

  // The checked call: anything but success is thrown, as the code's error class. `subject` says in
  // the message what the call was about.
  template <class... Parameters, class... Arguments>
  void call(const std::string& subject, const Function<Parameters...>& function,
            const Arguments&... arguments) const {
    const Return code = answer(function, arguments...);
    if (code != kSuccess) [[unlikely]] {
      fail(code, function.name, subject);
    }
  }

  // Throws for a code that the driver answered.
  [[noreturn]] void fail(Return code, const char* call, const std::string& subject,
                         const std::string& detail = {}) const;

 private:
  template <class Argument>
  static const Argument& as_parameter(const Argument& argument) {
    return argument;
  }
  Device as_parameter(const DeviceHandle& handle) const {
    if (handle.reopenings_ != reopenings_) [[unlikely]] {
      look_up_again(handle);
    }
    return handle.device_;
  }

  // Opens the session again if the driver says that it is closed. True when it is open now.
  [[nodiscard]] bool reopen() const;
  void look_up_again(const DeviceHandle& handle) const;
  [[nodiscard]] std::string words_for(Return code) const;
  template <class... Parameters>
  void find(Function<Parameters...>& function) const;
  template <class... Parameters>
  void require(Function<Parameters...>& function) const;

  SharedLibrary library_;
  Functions functions_;
  const char* (*error_string_)(Return) = nullptr;
  ForkCheck fork_check_;
  mutable std::mutex reopening_;
  mutable unsigned inits_ = 1;  // sent by this session and not yet shut down again

  // Of all sessions of this process: a session that another one opened again has new handles, too.
  friend class DeviceHandle;
  static inline std::atomic<unsigned> reopenings_{0};
};

}  // namespace zeus::nvml
