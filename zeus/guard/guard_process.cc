// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/guard_process.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include "zeus/error.h"
#include "zeus/regular_file.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace zeus {
namespace {

namespace fs = std::filesystem;

// A guard answers within milliseconds; a machine that is out of memory may take longer.
constexpr int kPatienceMs = 5000;

std::string reason(int error) { return std::generic_category().message(error); }

// Takes what posix_spawn needs apart at destruction.
class Spawning {
 public:
  explicit Spawning(int socket) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, GuardProcess::kSocket);
    for (int standard = 0; standard < 3; ++standard) {
      ::posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0);
    }
    // No signal may end it before it ignores them.
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int run(const std::vector<std::string>& words, pid_t& process) const {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    // The guard finds the same driver as the job. What is loaded into every program of the job's (a
    // profiler, another clock) is not for it.
    std::vector<char*> variables;
    for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
      if (!std::string_view(*each).starts_with("LD_PRELOAD=")) variables.push_back(*each);
    }
    variables.push_back(nullptr);
    return ::posix_spawn(&process, words.front().c_str(), &actions_, &attributes_, arguments.data(),
                         variables.data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

GuardProcess::GuardProcess(const fs::path& program, const fs::path& folder) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw ZeusFileError(fmt::format("cannot start '{}': {}", program.string(), reason(errno)));
  }
  socket_ = above_standard_streams(ends[0]);
  const int other_end = above_standard_streams(ends[1]);
  pid_t process = -1;
  int error = errno;
  if (socket_ >= 0 && other_end >= 0) {
    error = Spawning(other_end).run({program.string(), folder.string(), std::to_string(::getpid())},
                                    process);
  }
  ::close(other_end);
  if (error != 0) {
    ::close(socket_);
    throw ZeusFileError(fmt::format("cannot start '{}': {}", program.string(), reason(error)));
  }
  // The guard itself is a grandchild: this child ends at once. Somebody who waits for all of the
  // job's children may have been faster.
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

GuardProcess::~GuardProcess() { ::close(socket_); }

bool GuardProcess::send(const std::string& line) const noexcept {
  return ::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(line.size());
}

std::string GuardProcess::watch(const std::vector<std::string>& uuids) {
  std::string lines;
  for (const std::string& uuid : uuids) lines += "+" + uuid + "\n";
  if (!send(lines)) throw ZeusFileError("the guard has ended");
  std::string refusal;
  for (std::size_t i = 0; i < uuids.size(); ++i) {
    const std::string answer = read_answer();
    if (answer.front() != '+' && refusal.empty()) refusal = answer.substr(1);
  }
  return refusal;
}

std::string GuardProcess::read_answer() const {
  std::string answer;
  while (!answer.ends_with('\n')) {
    pollfd answered{.fd = socket_, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
      ready = ::poll(&answered, 1, kPatienceMs);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) throw ZeusFileError("the guard does not answer");
    char letter = 0;
    if (::recv(socket_, &letter, 1, 0) != 1) throw ZeusFileError("the guard ended as it started");
    answer += letter;
  }
  answer.pop_back();
  return answer;
}

void GuardProcess::leave(const std::string& uuid) noexcept { send("-" + uuid + "\n"); }

bool is_trusted_program(const fs::path& program) {
  struct stat info {};
  return ::stat(program.c_str(), &info) == 0 && (info.st_uid == ::geteuid() || info.st_uid == 0) &&
         (info.st_mode & S_IWOTH) == 0;
}

fs::path find_guard_program(const fs::path& wanted) {
  std::error_code ignored;
  if (!wanted.empty()) return wanted;
  Dl_info info{};
  // Any function of the library's.
  if (::dladdr(reinterpret_cast<void*>(&find_guard_program), &info) == 0 ||
      info.dli_fname == nullptr) {
    return {};
  }
  fs::path file = fs::canonical(info.dli_fname, ignored);
  // A program's own name may be relative to a folder that it has left.
  if (ignored) file = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path folder = file.parent_path();
  constexpr const char* kLibdir = ZEUS_LIBDIR_FROM_BINDIR "/zeus";
  for (const char* place : {"", "zeus", "_native/bin", "../lib/zeus", "../lib64/zeus", kLibdir,
                            "../zeus", "../../zeus"}) {
    fs::path program = folder / place / "zeus-guard";
    if (::access(program.c_str(), X_OK) == 0 && is_trusted_program(program)) return program;
  }
  return {};
}

}  // namespace zeus
