// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The job's end of its guard: a small program, `zeus-guard`, that outlives the job and puts back
// what the job leaves. It runs in a session of its own, so that what is sent to the job's does not
// reach it, has none of the job's files, and is no child of the job, which may wait for all of its
// children. Job and guard talk through a pair of sockets:
//
//     job    "+UUID\n"   watch over this GPU, whose lock I have
//     guard  "+\n"       I do
//            "-WHY\n"    I can't
//     job    "-UUID\n"   no more; the guard ends with the last one
//
// Not thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace zeus {

class GuardProcess {
 public:
  // The descriptor by which the program finds its socket.
  static constexpr int kSocket = 3;

  // Starts `program`. `folder`: of the journal. Throws ZeusFileError with the reason.
  GuardProcess(const std::filesystem::path& program, const std::filesystem::path& folder);
  GuardProcess(const GuardProcess&) = delete;
  GuardProcess& operator=(const GuardProcess&) = delete;
  ~GuardProcess();

  // Returns once the guard watches over these GPUs, with a line where there are some that it can't
  // watch. Throws ZeusFileError where it has ended or doesn't answer.
  [[nodiscard]] std::string watch(const std::vector<std::string>& uuids);
  void leave(const std::string& uuid) noexcept;

 private:
  bool send(const std::string& line) const noexcept;
  [[nodiscard]] std::string read_answer() const;

  int socket_ = -1;
};

// Nobody but root and this user can have put it there: the library may lie in a folder beside which
// others can write.
[[nodiscard]] bool is_trusted_program(const std::filesystem::path& program);

// Where the program is: beside the file that holds this library's code, or where it is installed or
// built. Empty where it isn't. `wanted`, where given, is the only place.
[[nodiscard]] std::filesystem::path find_guard_program(const std::filesystem::path& wanted);

}  // namespace zeus
