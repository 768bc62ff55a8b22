// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/peer.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace zeus::daemon {
namespace {

// With the process -1 where there are none.
ucred credentials_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) credentials.pid = -1;
  return credentials;
}

// As whom a process runs now (its effective user).
std::optional<unsigned> user_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::string line;
  while (std::getline(file, line)) {
    unsigned real = 0;
    unsigned effective = 0;
    if (std::sscanf(line.c_str(), "Uid: %u %u", &real, &effective) == 2) return effective;
  }
  return std::nullopt;
}

std::optional<JobIdentity> running_process(int socket, const ucred& peer) {
  // The process that connected, even where its number was given to another one since (Linux 6.5).
  int process = -1;
  socklen_t size = sizeof process;
  const bool is_exact = ::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0;
  // Any other failure, as of a peer that has ended, says nothing about who has its number now.
  if (!is_exact && errno == ENOPROTOOPT) {
    process = static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0));
  }
  if (process < 0) return std::nullopt;
  std::optional<JobIdentity> identity = identify(peer.pid);
  // On an older kernel at least another user's process is not taken for it.
  if (!is_exact && user_of(peer.pid) != peer.uid) identity.reset();
  pollfd ended{.fd = process, .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, 0) > 0) identity.reset();
  ::close(process);
  return identity;
}

std::vector<unsigned> groups_of(int socket, unsigned own) {
  std::vector<gid_t> groups(32);
  auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  if (result != 0 && errno == ERANGE) {
    groups.resize(size / sizeof(gid_t));
    result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  }
  groups.resize(result == 0 ? size / sizeof(gid_t) : 0);
  groups.push_back(own);
  return {groups.begin(), groups.end()};
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat one {};
  struct stat other {};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Another root folder, or other file systems below the same one. So it counts where it can't be
// looked at, too.
bool sees_other_files(int pid) {
  const std::string process = fmt::format("/proc/{}", pid);
  return !is_same_file("/", process + "/root/") ||
         !is_same_file("/proc/self/ns/mnt", process + "/ns/mnt");
}

// The devices that NVIDIA's driver shows below that root: nvidia0, nvidia1, …
std::set<std::string> gpu_files(const std::string& root) {
  std::set<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator each(root + "/dev", error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    constexpr std::string_view kPrefix = "nvidia";
    const bool is_gpu = name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
                        name.find_first_not_of("0123456789", kPrefix.size()) == std::string::npos;
    if (is_gpu) files.insert(name);
  }
  return files;
}

bool sees_the_same_gpus(int pid) {
  const std::set<std::string> own = gpu_files("");
  return !own.empty() && own == gpu_files(fmt::format("/proc/{}/root", pid));
}

}  // namespace

Peer identify_user(int socket) {
  Peer peer;
  const ucred credentials = credentials_of(socket);
  if (credentials.pid < 0) return peer;
  peer.user = credentials.uid;
  peer.groups = groups_of(socket, credentials.gid);
  return peer;
}

void identify_process(int socket, Peer& peer) {
  const ucred credentials = credentials_of(socket);
  if (credentials.pid <= 0) return;
  peer.process = running_process(socket, credentials);
  if (peer.process && sees_other_files(credentials.pid)) {
    peer.shares_indices = sees_the_same_gpus(credentials.pid);
  }
}

}  // namespace zeus::daemon
