// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/restore/restore.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <utility>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "zeus/daemon/client/daemon_client.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus::apps {
namespace {

// A guard that is putting a limit back needs less than a second.
constexpr std::chrono::milliseconds kPatience{5000};

std::optional<VisibleGpu> find(const Machine& machine, const std::string& uuid) {
  const auto& all = machine.all_gpus();
  const auto found = std::ranges::find_if(
      all, [&uuid](const std::shared_ptr<Gpu>& gpu) { return gpu->info().uuid == uuid; });
  if (found == all.end()) return std::nullopt;
  return VisibleGpu{static_cast<int>(found - all.begin()), *found};
}

// Where nothing is left a missing driver is no failure: a node may be without GPUs.
void require_driver_for_entries(const Machine& machine, const SettingJournal& journal,
                                RestoreReport& report) {
  if (machine.problem().empty()) return;
  const std::size_t entries = journal.read_all(report.troubles).size();
  if (entries == 0) return;
  throw ZeusGPUInitError(fmt::format("{} {} a power limit to put back, but no driver works: {}",
                                     entries, entries == 1 ? "GPU has" : "GPUs have",
                                     machine.problem()));
}

RestoreReport restore_all() {
  const Machine machine;
  RestoreReport report{.folder = machine.journal_folder().string(),
                       .is_simulated = machine.is_simulated(),
                       .gpus = {},
                       .troubles = {}};
  if (!machine.daemon_socket().empty()) {
    report.daemon = machine.daemon_socket().string();
    report.troubles = daemon::DaemonClient(machine.daemon_socket()).restore();
    return report;
  }
  if (report.folder.empty()) return report;
  const SettingJournal journal(machine.journal_folder(), current_boot());
  require_driver_for_entries(machine, journal, report);
  for (const std::string& uuid : journal.uuids()) {
    const std::optional<VisibleGpu> gpu = find(machine, uuid);
    if (!gpu) {
      if (auto entry = journal.read(uuid, report.troubles)) {
        report.gpus.push_back({std::nullopt, {.entry = *std::move(entry)}});
      }
    } else if (auto done = recover(journal, *gpu, kPatience, report.troubles)) {
      report.gpus.push_back({gpu->index, *std::move(done)});
    }
  }
  return report;
}

}  // namespace

bool RestoreReport::is_well() const {
  return troubles.empty() && std::ranges::all_of(gpus, [](const RestoredGpu& gpu) {
           return gpu.index && gpu.recovery.outcome != Recovery::Outcome::kNotRestored;
         });
}

void add_restore(CLI::App& app, Invocation& invocation) {
  const auto json = std::make_shared<bool>(false);
  CLI::App& restore =
      *app.add_subcommand("restore", "Put back the power limits that killed jobs left");
  restore.footer(
      "A limit that somebody else has set since is left as it is, and so is that of a job that "
      "runs. "
      "Needs the right to set power limits, or zeusd.\n\nExample:\n  sudo zeus restore");
  add_json(restore, *json);
  restore.callback([json, &invocation] {
    invocation.run = [json] {
      const RestoreReport report = restore_all();
      for (const std::string& trouble : report.troubles) {
        print("zeus: " + printable(trouble) + "\n", stderr);
      }
      print(*json ? to_json(report) : restore_text(report));
      return report.is_well() ? 0 : 1;
    };
  });
}

}  // namespace zeus::apps
