// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// ZeusMonitor measures time and energy of any stretch of a program, on any set of GPUs and CPUs:
//
//     zeus::Machine machine;
//     zeus::ZeusMonitor monitor(machine.gpus());
//     monitor.begin_window("epoch");
//     ...
//     zeus::Measurement m = monitor.end_window("epoch");   // m.time, m.total_energy()
//
// Windows have names; any number may be open at once, nested or overlapping, from several threads.
// All methods are thread-safe. In a forked child of the process that made the monitor every method
// throws ZeusForkError.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/monitor/measurement.h"

namespace zeus {

struct ZeusMonitorOptions {
  // For windows shorter than the energy counter's period (20 or 100 ms): power read at the window's
  // end times its length, instead of a counter difference that means nothing.
  bool approx_instant_energy = false;

  // CPU packages whose energy is measured, too (zeus::Machine::cpus()).
  std::vector<VisibleCpu> cpus = {};
  // A CSV file, one row a window: start_time,window_name,elapsed_time,gpu<i>_energy,… (and
  // cpu<i>_energy,… dram<i>_energy,…) in Unix seconds, seconds and joules. Its folder is made if
  // missing; an existing file is replaced, unless another process is logging to it: that is an
  // error. A later monitor of the same process takes it over. "{rank}" stands for `rank`. If the
  // disk is full, the row is left out as a whole, a warning says so, and later rows are tried.
  std::optional<std::filesystem::path> log_file = std::nullopt;
  // Of this process in its job, for the log file's name.
  int rank = 0;

  // Whether a window in which a GPU's energy reads as zero is told in the log. Bindings that tell
  // it in their own way turn this off.
  bool log_zero_energy = true;

  // Called before each edge of a window, to wait for work that was handed to the GPUs
  // (cudaDeviceSynchronize and the like). What it throws passes through, and no window changes.
  std::function<void()> sync_execution = nullptr;

  // How often power is read on GPUs without an energy counter.
  Seconds sampling_period{0.02};

  std::shared_ptr<Clock> clock = system_clock();
};

class ZeusMonitor {
 public:
  // Opens a log file and, where a GPU has no energy counter, starts the sampling thread. An empty
  // list is allowed and measures time only. Throws ZeusValueError for an index given twice,
  // ZeusGPUNotSupportedError for a GPU in MIG mode or one with neither counter nor power reading,
  // ZeusFileError for a log file that can't be opened.
  explicit ZeusMonitor(std::vector<VisibleGpu> gpus, ZeusMonitorOptions options = {});
  ZeusMonitor(const ZeusMonitor&) = delete;
  ZeusMonitor& operator=(const ZeusMonitor&) = delete;
  virtual ~ZeusMonitor();

  // Throws ZeusValueError where a window of that name is open, unless `restart`, which drops it.
  virtual void begin_window(std::string_view name, bool sync_execution = true,
                            bool restart = false);

  // Closes the window. Throws ZeusValueError where none of that name is open, ZeusGPUCounterError
  // where a counter went backwards meanwhile or counted more than the GPU can draw; the window is
  // closed all the same. A reading that fails is tried again, up to three times in 10 ms.
  virtual Measurement end_window(std::string_view name, bool sync_execution = true);

  // Drops the window: nothing is read or logged. Throws ZeusValueError where none is open.
  virtual void cancel_window(std::string_view name, bool sync_execution = true);

  // Drops every open window.
  void reset_windows();

  [[nodiscard]] virtual const std::vector<VisibleGpu>& gpus() const;
  [[nodiscard]] std::vector<int> gpu_indices() const;
  [[nodiscard]] std::vector<int> cpu_indices() const;
  [[nodiscard]] const std::shared_ptr<Clock>& clock() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace zeus
