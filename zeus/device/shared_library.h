// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A driver's library, loaded when it is needed and not when the program is linked. Owns what
// dlopen() gave: it can be moved, not copied. It is never unloaded: drivers keep threads and exit
// handlers of their own, and dlclose() before those ran has crashed real programs at their exit.
#pragma once

#include <string>

namespace zeus {

class SharedLibrary {
 public:
  // `file` is a path, or a bare name that is looked for as the dynamic linker does
  // (LD_LIBRARY_PATH, then the system's folders). Throws ZeusGPUInitError, with the linker's
  // reason, where it can't be loaded.
  explicit SharedLibrary(const std::string& file);
  SharedLibrary(SharedLibrary&& other) noexcept;
  SharedLibrary& operator=(SharedLibrary&& other) noexcept;
  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;
  ~SharedLibrary() = default;

  // The address of a function, or nullptr where the library has none of that name (or was moved
  // away).
  [[nodiscard]] void* symbol(const char* name) const;

  // The file that was found.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void* handle_;
  std::string path_;
};

}  // namespace zeus
