// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/state/compute_clients.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace simulator {
namespace {

// In clock ticks since the boot; 0 where the process has ended or is a zombie.
std::uint64_t start_time_of(std::int32_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  // The name, in brackets, may hold anything; after it come the state and numbers.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string word;
  std::uint64_t start_time = 0;
  rest >> word;
  if (word == "Z" || word == "X") return 0;
  constexpr int kBetween = 18;  // from the state to starttime
  for (int i = 0; i < kBetween; ++i) rest >> word;
  rest >> start_time;
  return start_time;
}

bool is_alive(const ComputeClients::Client& client) {
  return client.pid != 0 && start_time_of(client.pid) == client.start_time;
}

}  // namespace

void ComputeClients::add_this_process() {
  const auto pid = static_cast<std::int32_t>(getpid());
  // A step must not cost a look into /proc: this process's own start time never changes.
  static thread_local Client own{};
  if (own.pid != pid) own = {pid, start_time_of(pid)};
  for (const Client& client : clients) {
    if (client.pid == pid && client.start_time == own.start_time) return;
  }
  for (Client& client : clients) {
    if (client.pid != 0 && is_alive(client)) continue;
    client = own;
    return;
  }
}

std::vector<std::int32_t> ComputeClients::living() const {
  std::vector<std::int32_t> pids;
  for (const Client& client : clients) {
    if (is_alive(client)) pids.push_back(client.pid);
  }
  return pids;
}

}  // namespace simulator
