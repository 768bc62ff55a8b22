// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_library.h"

#include <array>

#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus::nvml {

SharedLibrary load_library(const std::string& file) {
  try {
    return SharedLibrary(file);
  } catch (const ZeusGPUInitError& error) {
    throw ZeusGPUInitError(
        "no NVIDIA driver: " + std::string(error.what()) +
        "; install the driver, or start the container with its GPUs (docker run --gpus all)");
  }
}

DeviceHandle::DeviceHandle(Device device, std::string uuid)
    : uuid_(std::move(uuid)), device_(device), reopenings_(Library::reopenings_.load()) {}

template <class... Parameters>
void Library::find(Function<Parameters...>& function) const {
  function.address = reinterpret_cast<Return (*)(Parameters...)>(library_.symbol(function.name));
}

template <class... Parameters>
void Library::require(Function<Parameters...>& function) const {
  find(function);
  if (function.address == nullptr) {
    throw ZeusGPUInitError(
        library_.path() + " is not NVIDIA's NVML, or too old: it has no function " + function.name);
  }
}

Library::Library(SharedLibrary library) : library_(std::move(library)) {
  require(functions_.init);
  require(functions_.shutdown);
  require(functions_.device_count);
  require(functions_.device_handle);
  require(functions_.device_name);
  require(functions_.device_uuid);
  find(functions_.driver_version);
  find(functions_.device_handle_by_uuid);
  find(functions_.pci_info);
  find(functions_.architecture);
  find(functions_.compute_capability);
  find(functions_.mig_mode);
  find(functions_.power_limit_range);
  find(functions_.default_power_limit);
  find(functions_.power_limit);
  find(functions_.enforced_power_limit);
  find(functions_.set_power_limit);
  find(functions_.total_energy);
  find(functions_.power_usage);
  find(functions_.field_values);
  find(functions_.temperature_v);
  find(functions_.temperature);
  find(functions_.clock);
  find(functions_.clock_reasons);
  find(functions_.throttle_reasons);
  find(functions_.persistence_mode);
  find(functions_.set_persistence_mode);
  find(functions_.supported_memory_clocks);
  find(functions_.supported_graphics_clocks);
  find(functions_.lock_memory_clocks);
  find(functions_.unlock_memory_clocks);
  find(functions_.lock_graphics_clocks);
  find(functions_.unlock_graphics_clocks);
  error_string_ = reinterpret_cast<const char* (*)(Return)>(library_.symbol("nvmlErrorString"));

  if (const Return code = functions_.init.address(); code != kSuccess) {
    std::string message = "the NVIDIA driver did not start: " + std::string(functions_.init.name) +
                          ": " + words_for(code) + " (NVML code " + std::to_string(code) + ", " +
                          library_.path() + ")";
    if (const std::string remedy = remedy_for_init(code); !remedy.empty()) message += "; " + remedy;
    throw ZeusGPUInitError(message, code, functions_.init.name);
  }
}

Library::~Library() {
  if (fork_check_.forked()) return;
  for (; inits_ > 0; --inits_) functions_.shutdown.address();
}

bool Library::reopen() const {
  const std::lock_guard lock(reopening_);
  const auto is_closed = [this] {
    unsigned count = 0;
    return functions_.device_count.address(&count) == kUninitialized;
  };
  // Another thread, or another session of this process, may have been faster.
  if (is_closed()) {
    if (functions_.init.address() != kSuccess) return false;
    if (is_closed()) {
      functions_.shutdown.address();  // not one more init than shutdowns
      return false;
    }
    if (++inits_ == 2) {  // told once
      log(LogLevel::kInfo, "zeus.device",
          "another library in this process shut NVML down (nvmlShutdown); zeus initialized it "
          "again");
    }
  }
  ++reopenings_;
  return true;
}

void Library::look_up_again(const DeviceHandle& handle) const {
  // Read first: if there is another reopening meanwhile, the next call looks it up once more.
  const unsigned reopenings = reopenings_;
  Device device = nullptr;
  if (functions_.device_handle_by_uuid.address != nullptr) {
    // Where that fails, the call with the old handle says what is wrong.
    if (functions_.device_handle_by_uuid.address(handle.uuid_.c_str(), &device) != kSuccess) return;
    handle.device_ = device;
  }
  handle.reopenings_ = reopenings;
}

std::string Library::driver_version() const {
  std::array<char, kDriverVersionSize> text{};
  const Return code = answer(functions_.driver_version, text.data(), unsigned{kDriverVersionSize});
  text.back() = '\0';
  return code == kSuccess ? std::string(text.data()) : std::string();
}

std::string Library::words_for(Return code) const {
  const char* const words = error_string_ != nullptr ? error_string_(code) : nullptr;
  return words != nullptr ? words : "";
}

void Library::fail(Return code, const char* call, const std::string& subject,
                   const std::string& detail) const {
  throw_error(Failure{code, call, subject, words_for(code), detail});
}

}  // namespace zeus::nvml
