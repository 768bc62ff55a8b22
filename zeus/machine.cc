// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/machine.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "zeus/daemon/client/daemon_client.h"
#include "zeus/daemon/client/daemon_cpus.h"
#include "zeus/daemon/client/daemon_gpu.h"
#include "zeus/daemon/client/daemon_guard.h"
#include "zeus/device/nvml/nvml_back_end.h"
#include "zeus/device/rapl/rapl_cpus.h"
#include "zeus/error.h"
#include "zeus/guard/guard_process.h"
#include "zeus/guard/job_guard.h"
#include "zeus/guard/setting_guard.h"
#include "zeus/log.h"
#include "zeus/per_process.h"

namespace zeus {
namespace {

using Kind = BackEnd::Kind;
using Status = BackEnd::Status;

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

// Paths from the environment are those of the folder that the program started in, wherever it goes.
// One that is empty stays empty, and one whose folder is gone stays relative.
std::filesystem::path absolute_path(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return path;
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute;
}

// Every way to reach devices that this library has.
std::vector<BackEnd> look_around(const MachineOptions& options) {
  return {
      nvml::find_gpus({options.cuda_visible_devices, options.cuda_device_order}),
      rapl::find_cpus(options.powercap_folders),
  };
}

// A process may construct many machines; each cause is reported once.
void warn_once(const std::string& text) {
  struct Told {
    std::mutex mutex;
    std::set<std::string> texts;
  };
  auto& told = per_process<Told>();
  {
    const std::lock_guard lock(told.mutex);
    if (!told.texts.insert(text).second) return;
  }
  log(LogLevel::kWarning, "zeus.device", text);
}

// Folders that nobody else can write to and that are empty after a restart, as limits are gone
// then.
std::filesystem::path usual_journal_folder() {
  if (geteuid() == 0) return "/run/zeus";
  const auto own = environment("XDG_RUNTIME_DIR");
  return own && !own->empty() ? std::filesystem::path(*own) / "zeus" : std::filesystem::path();
}

GuardOptions guard_of_environment() {
  GuardOptions guard{.program = environment("ZEUS_GUARD").value_or("")};
  if (const auto folder = environment("ZEUS_JOURNAL_DIR")) {
    guard.is_off = folder->empty();
    guard.folder = guard.simulated_folder = *folder;
    return guard;
  }
  guard.folder = usual_journal_folder();
  if (guard.folder.empty()) return guard;
  // One for each simulated machine: these variables say which one it is.
  const std::string machine = environment("ZEUS_SIMULATOR").value_or("") + '\n' +
                              environment("ZEUS_SIMULATOR_STATE").value_or("");
  guard.simulated_folder =
      guard.folder / fmt::format("simulated-{:016x}", std::hash<std::string>()(machine));
  return guard;
}

DaemonOptions daemon_of_environment() {
  const auto socket = environment("ZEUSD_SOCK_PATH");
  if (socket && !socket->empty()) return {.socket = absolute_path(*socket)};
  return {.socket = daemon::kUsualSocket, .is_fallback = true};
}

}  // namespace

MachineOptions options_of_environment() {
  MachineOptions options{.cuda_visible_devices = environment("CUDA_VISIBLE_DEVICES"),
                         .cuda_device_order = environment("CUDA_DEVICE_ORDER")};
  if (const auto folder = environment("ZEUS_POWERCAP")) {
    options.powercap_folders = {absolute_path(*folder)};
  }
  options.daemon = daemon_of_environment();
  return options;
}

Machine::Machine() : Machine(options_of_environment()) {}

bool may_set_power_limits() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  return syscall(SYS_capget, &header, data.data()) == 0 &&
         (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

void Machine::use_daemon(const DaemonOptions& options) {
  if (options.is_fallback &&
      (may_set_power_limits() || is_simulated() || ::access(options.socket.c_str(), W_OK) != 0)) {
    return;
  }
  const auto client = std::make_shared<daemon::DaemonClient>(options.socket);
  daemon_socket_ = options.socket;
  bool has_cpus = false;
  for (BackEnd& back_end : back_ends_) {
    has_cpus = has_cpus || !back_end.cpus.empty();
    for (std::shared_ptr<Gpu>& gpu : back_end.gpus) {
      if (!gpu->info().unavailable) gpu = daemon::written_by_daemon(gpu, client);
    }
  }
  daemon::use_daemon_guard(client);
  if (has_cpus) return;
  if (std::vector<VisibleCpu> cpus = daemon::find_cpus(client); !cpus.empty()) {
    std::erase_if(back_ends_, [](const BackEnd& each) { return each.kind == Kind::kCpus; });
    BackEnd& found = back_ends_.emplace_back();
    found.name = "zeusd";
    found.kind = Kind::kCpus;
    found.status = Status::kWorks;
    found.cpus = std::move(cpus);
  }
}

Machine::Machine(const MachineOptions& options) : back_ends_(look_around(options)) {
  if (options.daemon) use_daemon(*options.daemon);
  for (const BackEnd& back_end : back_ends_) {
    for (const int device : back_end.visible) {
      visible_.push_back(
          {static_cast<int>(visible_.size()), back_end.gpus[static_cast<std::size_t>(device)]});
    }
    all_gpus_.insert(all_gpus_.end(), back_end.gpus.begin(), back_end.gpus.end());
    for (const VisibleCpu& cpu : back_end.cpus) {
      cpus_.push_back({static_cast<int>(cpus_.size()), cpu.cpu});
    }
    if (back_end.kind == Kind::kGpus && back_end.status == Status::kWorks) {
      for (const Problem& problem : back_end.problems) {
        log(LogLevel::kWarning, "zeus.device", one_line(problem));
      }
    }
  }
  // Where a daemon sets the limits it guards them, too.
  if (!daemon_socket_.empty()) return;
  guard_gpus(options.guard ? *options.guard : guard_of_environment());
}

void Machine::guard_gpus(const GuardOptions& options) {
  if (options.is_off) {
    set_setting_guard(nullptr);
    return;
  }
  // Known also without GPUs: what a job has left may be to be put back once they are there again.
  journal_folder_ = absolute_path(is_simulated() ? options.simulated_folder : options.folder);
  if (all_gpus_.empty()) return;
  // Touches no file until a limit is to be set.
  use_job_guard(journal_folder_, find_guard_program(absolute_path(options.program)));
}

const BackEnd* Machine::broken_driver() const {
  const BackEnd* broken = nullptr;
  for (const BackEnd& back_end : back_ends_) {
    if (back_end.kind != Kind::kGpus) continue;
    if (back_end.status == Status::kWorks) return nullptr;
    // The one that is there says more than those that aren't.
    if (broken == nullptr || back_end.status > broken->status) broken = &back_end;
  }
  return broken;
}

std::string Machine::problem() const {
  const BackEnd* const broken = broken_driver();
  return broken != nullptr ? broken->problems.front().what : std::string();
}

std::string Machine::driver_failure() const {
  for (const BackEnd& back_end : back_ends_) {
    if (back_end.kind == Kind::kGpus && back_end.status == Status::kFailed) {
      return back_end.problems.front().what;
    }
  }
  return {};
}

std::string Machine::driver_version() const {
  for (const BackEnd& back_end : back_ends_) {
    if (back_end.kind == Kind::kGpus && !back_end.version.empty()) return back_end.version;
  }
  return {};
}

bool Machine::is_simulated() const {
  return std::ranges::any_of(back_ends_, [](const BackEnd& each) {
    return each.status == Status::kWorks && each.is_simulated;
  });
}

std::string Machine::cpu_problem() const {
  for (const BackEnd& back_end : back_ends_) {
    if (back_end.kind == Kind::kCpus && !back_end.problems.empty()) {
      return one_line(back_end.problems.front());
    }
  }
  return {};
}

const std::vector<VisibleGpu>& Machine::gpus() const {
  if (const BackEnd* const broken = broken_driver()) std::rethrow_exception(broken->gpu_error);
  for (const BackEnd& back_end : back_ends_) {
    if (back_end.status == Status::kWorks && back_end.gpu_error != nullptr) {
      std::rethrow_exception(back_end.gpu_error);
    }
  }
  return visible_;
}

std::vector<VisibleGpu> Machine::gpus(const std::vector<int>& indices) const {
  const std::vector<VisibleGpu>& visible = gpus();
  std::vector<VisibleGpu> chosen;
  chosen.reserve(indices.size());
  for (const int index : indices) {
    if (index < 0 || static_cast<std::size_t>(index) >= visible.size()) {
      throw ZeusValueError(fmt::format("there is no GPU {}: {} visible, counted from 0", index,
                                       visible.size() == 1
                                           ? std::string("1 GPU is")
                                           : fmt::format("{} GPUs are", visible.size())));
    }
    const bool is_repeated =
        std::any_of(chosen.begin(), chosen.end(),
                    [index](const VisibleGpu& earlier) { return earlier.index == index; });
    if (is_repeated) throw ZeusValueError(fmt::format("GPU {} is listed twice", index));
    chosen.push_back(visible[static_cast<std::size_t>(index)]);
  }
  return chosen;
}

const std::vector<VisibleCpu>& Machine::cpus() const {
  for (const BackEnd& back_end : back_ends_) {
    // What a container hides is absent: only who asks for it wants to know.
    if (back_end.kind != Kind::kCpus || back_end.status == Status::kAbsent) continue;
    if (!back_end.problems.empty()) warn_once(one_line(back_end.problems.front()));
  }
  return cpus_;
}

std::vector<VisibleCpu> Machine::cpus(const std::vector<int>& indices) const {
  std::vector<VisibleCpu> chosen;
  const std::string problem = cpu_problem();
  for (const int index : indices) {
    if (index < 0 || static_cast<std::size_t>(index) >= cpus_.size()) {
      throw ZeusValueError(
          fmt::format("there is no CPU {}: the energy of {} can be read, counted from 0{}{}", index,
                      cpus_.size() == 1 ? std::string("1 CPU package")
                                        : fmt::format("{} CPU packages", cpus_.size()),
                      problem.empty() ? "" : ". ", problem));
    }
    if (std::any_of(chosen.begin(), chosen.end(),
                    [index](const VisibleCpu& earlier) { return earlier.index == index; })) {
      throw ZeusValueError(fmt::format("CPU {} is listed twice", index));
    }
    chosen.push_back(cpus_[static_cast<std::size_t>(index)]);
  }
  return chosen;
}

std::vector<VisibleGpu> Machine::gpus_if_any() const {
  if (const std::string failure = driver_failure(); !failure.empty()) warn_once(failure);
  return broken_driver() == nullptr ? gpus() : std::vector<VisibleGpu>();
}

}  // namespace zeus
