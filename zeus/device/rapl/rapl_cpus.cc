// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/rapl/rapl_cpus.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "zeus/device/rapl/rapl_zone.h"
#include "zeus/error.h"
#include "zeus/fork_check.h"

namespace zeus::rapl {
namespace {

constexpr std::string_view kZone = "intel-rapl:";
constexpr const char* kPowercap = "/sys/class/powercap/intel-rapl";

// The folders named intel-rapl:<number>, or <parent's>:<number>, by their number.
std::map<int, std::filesystem::path> zones_in(const std::filesystem::path& folder) {
  std::map<int, std::filesystem::path> zones;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(kZone)) continue;
    const char* const number = name.data() + name.rfind(':') + 1;
    const char* const name_end = name.data() + name.size();
    int value = 0;
    const auto [parsed, failure] = std::from_chars(number, name_end, value);
    if (failure == std::errc() && parsed == name_end) zones.emplace(value, entry->path());
  }
  return zones;
}

std::optional<ZoneCounter> find_dram(const std::filesystem::path& package, Seconds now) {
  for (const auto& [number, zone] : zones_in(package)) {
    if (zone_name(zone) != "dram") continue;
    try {
      return ZoneCounter(zone, now);
    } catch (const ZeusBaseCPUError&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

class RaplCpu final : public Cpu {
 public:
  RaplCpu(const std::filesystem::path& zone, std::shared_ptr<Clock> clock)
      : clock_(std::move(clock)),
        package_(zone, clock_->monotonic()),
        dram_(find_dram(zone, clock_->monotonic())) {
    info_.name = zone_name(zone);
    info_.has_dram = dram_.has_value();
  }

  RaplCpu(const RaplCpu&) = delete;
  RaplCpu& operator=(const RaplCpu&) = delete;

  ~RaplCpu() override {
    // In a forked child the thread does not exist, and joining it would wait for ever.
    if (fork_check_.forked()) (void)watch_.release();
  }

  [[nodiscard]] const CpuInfo& info() const override { return info_; }

  [[nodiscard]] CpuEnergy total_energy() override {
    fork_check_.require_same_process("This CPU");
    const std::lock_guard lock(mutex_);
    if (watch_ == nullptr) watch();
    return read();
  }

 private:
  CpuEnergy read() {
    const Seconds now = clock_->monotonic();
    CpuEnergy energy{.package = package_.energy(now), .dram = std::nullopt};
    if (dram_) energy.dram = dram_->energy(now);
    return energy;
  }

  void watch() {
    Seconds pause = package_.longest_pause();
    if (dram_) pause = std::min(pause, dram_->longest_pause());
    if (pause <= Seconds(0)) return;  // a counter without a range: it doesn't wrap
    watch_ = std::make_unique<std::jthread>([this, pause](const std::stop_token& stop) {
      for (;;) {
        try {
          clock_->sleep_until(clock_->monotonic() + pause, stop);
          if (stop.stop_requested()) return;
          const std::lock_guard lock(mutex_);
          (void)read();
        } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch)
          // Whoever asks next gets the same answer.
        }
      }
    });
  }

  const ForkCheck fork_check_;
  const std::shared_ptr<Clock> clock_;
  CpuInfo info_;
  std::mutex mutex_;
  ZoneCounter package_;
  std::optional<ZoneCounter> dram_;
  std::unique_ptr<std::jthread> watch_;  // last: it uses all of the above
};

// Of every package and, a folder deeper, of its memory.
std::string command_that_lets_others_read(const std::filesystem::path& folder) {
  return "sudo chmod a+r " + (folder / "*/energy_uj").string() + " " +
         (folder / "*/*/energy_uj").string();
}

// Container runtimes cover /sys/devices/virtual/powercap, to which the folder is a link.
bool is_hidden(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::is_symlink(std::filesystem::symlink_status(folder, ignored));
}

Problem hidden_by_container(const std::filesystem::path& folder) {
  return {
      "this container hides the CPUs' energy counters (" + folder.string() +
          " leads nowhere): mount them",
      std::string("docker run -v ") + kPowercap + ":/zeus_sys/class/powercap/intel-rapl:ro ..."};
}

}  // namespace

FoundCpus find_cpus(const std::filesystem::path& folder, const std::shared_ptr<Clock>& clock) {
  FoundCpus found;
  for (const auto& [number, zone] : zones_in(folder)) {
    if (!zone_name(zone).starts_with("package")) continue;
    try {
      found.cpus.push_back(
          {static_cast<int>(found.cpus.size()), std::make_shared<RaplCpu>(zone, clock)});
    } catch (const ZeusCPUNoPermissionError& error) {
      if (!found.problem) found.problem = {error.what(), command_that_lets_others_read(folder)};
    } catch (const ZeusBaseCPUError& error) {
      if (!found.problem) found.problem = {error.what(), {}};
    }
  }
  return found;
}

BackEnd find_cpus(const std::vector<std::filesystem::path>& folders) {
  BackEnd back_end;
  back_end.name = "RAPL";
  back_end.kind = BackEnd::Kind::kCpus;
  for (const std::filesystem::path& folder : folders) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored)) continue;
    FoundCpus found = find_cpus(folder);
    back_end.status =
        found.cpus.empty() && found.problem ? BackEnd::Status::kFailed : BackEnd::Status::kWorks;
    back_end.cpus = std::move(found.cpus);
    if (found.problem) back_end.problems.push_back(*std::move(found.problem));
    return back_end;
  }
  for (const std::filesystem::path& folder : folders) {
    if (is_hidden(folder)) back_end.problems.push_back(hidden_by_container(folder));
  }
  return back_end;
}

}  // namespace zeus::rapl
