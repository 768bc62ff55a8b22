// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What zeusd costs: a power limit that is set through it beside a bare round trip of the same size
// over the same kind of socket, in turns; many clients at once; the idle daemon; and how long after
// the kill of a client its GPUs are as they were. The driver is the simulated one, whose calls take
// no time here.
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/temporary_folder.h"
#include "zeus/device/gpu.h"
#include "zeus/machine.h"

namespace {

using std::chrono::steady_clock;

constexpr const char* kAnswer =
    R"({"0":{"power_limit_mw":150000,"enforced_power_limit_mw":150000}})";

int listening(const std::string& path) {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  ::listen(made, SOMAXCONN);
  return made;
}

// A server that does nothing, in a process of its own like zeusd.
pid_t start_bare_server(const std::string& path) {
  const int socket = listening(path);
  const pid_t process = ::fork();
  if (process != 0) {
    ::close(socket);
    return process;
  }
  const auto answer = [](void*, MHD_Connection* connection, const char*, const char*, const char*,
                         const char*, std::size_t*, void** context) -> MHD_Result {
    static int has_begun = 0;
    if (*context == nullptr) {
      *context = &has_begun;
      return MHD_YES;
    }
    MHD_Response* const response = ::MHD_create_response_from_buffer(
        std::strlen(kAnswer), const_cast<char*>(kAnswer), MHD_RESPMEM_PERSISTENT);
    ::MHD_add_response_header(response, "Content-Type", "application/json");
    ::MHD_add_response_header(response, "Cache-Control", "no-store");
    const MHD_Result result = ::MHD_queue_response(connection, 200, response);
    ::MHD_destroy_response(response);
    return result;
  };
  MHD_Daemon* const daemon = ::MHD_start_daemon(
      MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC,
      0, nullptr, nullptr, static_cast<MHD_AccessHandlerCallback>(answer), nullptr,
      MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_END);
  if (daemon == nullptr) ::_exit(1);
  ::pause();
  ::_exit(0);
}

pid_t start_zeusd(const std::string& path, const std::string& policy) {
  const pid_t process = ::fork();
  if (process != 0) return process;
  ::setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);
  ::execl(ZEUSD, ZEUSD, "serve", "--socket-path", path.c_str(), "--policy", policy.c_str(),
          "--audit-log", (path + ".audit").c_str(), nullptr);
  ::_exit(1);
}

class Connection {
 public:
  explicit Connection(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    for (int i = 0; i < 2000; ++i) {
      if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::abort();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  // The status.
  int ask(const std::string& request) const {
    if (::send(socket_, request.data(), request.size(), 0) < 0) return 0;
    std::string answer;
    char room[2048];
    while (answer.find('}') == std::string::npos) {
      const ssize_t size = ::recv(socket_, room, sizeof room, 0);
      if (size <= 0) return 0;
      answer.append(room, static_cast<std::size_t>(size));
    }
    return std::atoi(answer.c_str() + 9);
  }

 private:
  int socket_;
};

std::string set_limit(int gpu, int watts) {
  return "POST /gpu/set_power_limit?gpu_ids=" + std::to_string(gpu) +
         "&power_limit_mw=" + std::to_string(watts) +
         "000&block=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
}

double microseconds(steady_clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double percentile(std::vector<double> times, double share) {
  std::ranges::sort(times);
  return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

void compare(const std::string& bare_path, const std::string& path) {
  const Connection bare(bare_path);
  const Connection served(path);
  std::vector<double> bare_times;
  std::vector<double> times;
  constexpr int kRounds = 4000;
  for (int i = 0; i < kRounds; ++i) {
    const std::string request = set_limit(0, i % 2 == 0 ? 150 : 160);
    const auto begin = steady_clock::now();
    if (bare.ask(request) != 200) std::abort();
    const auto middle = steady_clock::now();
    if (served.ask(request) != 200) std::abort();
    const auto end = steady_clock::now();
    bare_times.push_back(microseconds(middle - begin));
    times.push_back(microseconds(end - middle));
  }
  const double ratio = percentile(times, 0.5) / percentile(bare_times, 0.5);
  std::printf("bare round trip          p50 %7.1f us   p99 %7.1f us\n", percentile(bare_times, 0.5),
              percentile(bare_times, 0.99));
  std::printf("limit set through zeusd  p50 %7.1f us   p99 %7.1f us   ratio of p50 %.2f\n",
              percentile(times, 0.5), percentile(times, 0.99), ratio);
}

void crowd(const std::string& path) {
  constexpr int kClients = 64;
  constexpr int kGpus = 8;
  std::vector<int> served(kClients);
  std::vector<double> longest(kClients);
  {
    std::vector<std::jthread> clients;
    clients.reserve(kClients);
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&, i] {
        const Connection connection(path);
        const auto end = steady_clock::now() + std::chrono::seconds(3);
        while (steady_clock::now() < end) {
          const auto begin = steady_clock::now();
          if (connection.ask(set_limit(i % kGpus, 150 + served[static_cast<std::size_t>(i)] % 9)) !=
              200) {
            std::abort();
          }
          auto& worst = longest[static_cast<std::size_t>(i)];
          worst = std::max(worst, microseconds(steady_clock::now() - begin));
          ++served[static_cast<std::size_t>(i)];
        }
      });
    }
  }
  int all = 0;
  for (const int each : served) all += each;
  std::printf(
      "64 clients, 8 GPUs       %d changes a second; a client %d to %d; longest wait %.1f ms\n",
      all / 3, *std::ranges::min_element(served) / 3, *std::ranges::max_element(served) / 3,
      *std::ranges::max_element(longest) / 1000);
}

// A client in a process of its own, which has set these GPUs' limits.
pid_t start_client(const std::string& path, int gpus) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t process = ::fork();
  if (process == 0) {
    const Connection connection(path);
    for (int gpu = 0; gpu < gpus; ++gpu) {
      while (connection.ask(set_limit(gpu, 150)) != 200) {  // the one before still has it
      }
    }
    if (::write(ends[1], "", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char said = 0;
  if (::read(ends[0], &said, 1) != 1) std::abort();
  ::close(ends[0]);
  ::close(ends[1]);
  return process;
}

void kill_clients(const std::string& path) {
  const std::string release =
      "POST /lease/release HTTP/1.1\r\nHost: l\r\nContent-Length: 0\r\n\r\n";
  if (Connection(path).ask(release) != 200) std::abort();  // what this process has set
  simulator::load(ZEUS_SIMULATOR_DIR);
  const zeus::Machine machine{zeus::MachineOptions{}};
  const double before = machine.all_gpus()[0]->power_limit().value();
  for (const int gpus : {1, 8}) {
    std::vector<double> times;
    constexpr int kRounds = 200;
    for (int i = 0; i < kRounds; ++i) {
      const pid_t client = start_client(path, gpus);
      const auto begin = steady_clock::now();
      ::kill(client, SIGKILL);
      for (int gpu = 0; gpu < gpus; ++gpu) {
        const auto& device = *machine.all_gpus()[static_cast<std::size_t>(gpu)];
        while (device.power_limit().value() != before) std::this_thread::yield();
      }
      times.push_back(microseconds(steady_clock::now() - begin) / 1000);
      ::waitpid(client, nullptr, 0);
    }
    std::printf("client killed, %d GPU%s    limits back after p50 %.2f ms   p99 %.2f ms\n", gpus,
                gpus == 1 ? " " : "s", percentile(times, 0.5), percentile(times, 0.99));
  }
}

long field(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  std::string word;
  while (in >> word) {
    if (word == name) {
      long value = 0;
      in >> value;
      return value;
    }
  }
  return -1;
}

long ticks(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string word;
  long user = 0;
  long system = 0;
  for (int i = 1; i <= 13; ++i) in >> word;
  in >> user >> system;
  return user + system;
}

void idle(pid_t process) {
  const long before = ticks(process);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  std::printf(
      "idle zeusd               %ld ticks of CPU in 5 s, %ld kB resident (driver included)\n",
      ticks(process) - before, field("/proc/" + std::to_string(process) + "/status", "VmRSS:"));
}

}  // namespace

int main() {
  // The journal's folder is in memory, as /run is.
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  simulator::SimulatedMachineOptions options;
  options.gpus = 8;
  options.virtual_clock = false;
  const simulator::SimulatedMachine machine(options);
  const zeus::testing::TemporaryFolder folder;
  const std::string bare_path = (folder / "bare").string();
  const std::string path = (folder / "zeusd").string();
  const std::string policy = (folder / "policy.toml").string();
  zeus::testing::write_text(policy, "[writes]\nper_second = 1000000\nburst = 1000000\n");
  std::filesystem::permissions(policy, std::filesystem::perms(0644));
  const pid_t bare = start_bare_server(bare_path);
  const pid_t zeusd = start_zeusd(path, policy);
  compare(bare_path, path);
  idle(zeusd);
  crowd(path);
  kill_clients(path);
  for (const pid_t each : {bare, zeusd}) {
    ::kill(each, SIGTERM);
    ::waitpid(each, nullptr, 0);
  }
  return 0;
}
