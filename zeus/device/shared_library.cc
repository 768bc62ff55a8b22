// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <utility>

#include "zeus/error.h"

namespace zeus {
namespace {

std::string real_path(void* handle, const std::string& file) {
  const link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || *map->l_name == '\0') {
    return file;
  }
  return map->l_name;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& file)
    : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    const char* const reason = dlerror();
    // The linker's reason names the file.
    throw ZeusGPUInitError("cannot load " + (reason != nullptr ? std::string(reason) : file));
  }
  path_ = real_path(handle_, file);
}

SharedLibrary::SharedLibrary(SharedLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

SharedLibrary& SharedLibrary::operator=(SharedLibrary&& other) noexcept {
  handle_ = std::exchange(other.handle_, nullptr);
  path_ = std::move(other.path_);
  return *this;
}

void* SharedLibrary::symbol(const char* name) const {
  // A null handle would mean the whole program's symbols (RTLD_DEFAULT).
  return handle_ != nullptr ? dlsym(handle_, name) : nullptr;
}

}  // namespace zeus
