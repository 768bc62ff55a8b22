// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Prints docs/simulator.md: what each function of the simulated driver answers on each GPU, found
// by calling it.
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/model/gpu_model.h"
#include "simulator/nvml/nvml_abi.h"
#include "tests/simulator/every_call.h"

namespace simulator::testing {
namespace {

constexpr const char* kHead = R"(<!-- SPDX-FileCopyrightText: 2026 The zeus-cpp authors -->
<!-- SPDX-License-Identifier: Apache-2.0 -->
# What the simulated driver answers

Made by `build/dev/tests/simulator/simulator_function_table > docs/simulator.md`: each function is called with valid
arguments on an idle GPU of each model, and this is what it answers: **ok** or NVML's code. How to use the driver, its
scenario and its physics: [simulator/README.md](../simulator/README.md).

Before `nvmlInit`, after the last `nvmlShutdown` and in a forked child all of them answer UNINITIALIZED (1); a handle that
is no GPU's and a null pointer INVALID_ARGUMENT (2); a text buffer or list that is too small INSUFFICIENT_SIZE (7); a struct
of another version ARGUMENT_VERSION_MISMATCH (25); a limit out of range INVALID_ARGUMENT (2), never clamped; what changes
something, without the right to, NO_PERMISSION (4). A scenario can order any code from any of them.

A100 and H100 are extrapolations: no table measured on them is public.

)";

std::string answer_of(nvmlReturn_t code) {
  switch (code) {
    case NVML_SUCCESS:
      return "**ok**";
    case NVML_ERROR_NOT_SUPPORTED:
      return "NOT_SUPPORTED (3)";
    case NVML_ERROR_NOT_FOUND:
      return "NOT_FOUND (6)";
    default:
      return std::string(nvmlErrorString(code)) + " (" + std::to_string(code) + ")";
  }
}

// answers[function][model], the functions in the order of their calls.
std::vector<std::pair<std::string, std::vector<std::string>>> all_answers() {
  std::vector<std::pair<std::string, std::vector<std::string>>> answers;
  for (const Call& call : every_call()) answers.push_back({call.name, {}});
  for (const GpuModel& model : gpu_models()) {
    SimulatedMachineOptions options;
    options.json =
        R"({"gpus": [{"uuid": "GPU-test", "model": ")" + std::string(model.key) + R"("}]})";
    const SimulatedMachine simulated(options);
    nvmlDevice_t device = nullptr;
    if (nvmlInit_v2() != NVML_SUCCESS ||
        nvmlDeviceGetHandleByIndex_v2(0, &device) != NVML_SUCCESS) {
      std::fprintf(stderr, "the simulated driver does not work\n");
      return {};
    }
    every_call_memory_clock() = model.memory_clocks_mhz.front();
    const auto calls = every_call();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      answers[i].second.push_back(answer_of(calls[i].run(device)));
    }
    nvmlShutdown();
  }
  return answers;
}

// Fields are asked for in one function, but are answered each by itself.
std::vector<std::pair<std::string, std::vector<std::string>>> field_answers() {
  std::vector<std::pair<std::string, std::vector<std::string>>> answers{
      {"83 total energy, mJ", {}},    {"185 average power, mW", {}},
      {"186 instant power, mW", {}},  {"187 lowest limit, mW", {}},
      {"188 highest limit, mW", {}},  {"189 default limit, mW", {}},
      {"190 limit in force, mW", {}}, {"191 energy, mJ", {}},
      {"192 requested limit, mW", {}}};
  for (const GpuModel& model : gpu_models()) {
    SimulatedMachineOptions options;
    options.model = std::string(model.key);
    const SimulatedMachine simulated(options);
    nvmlDevice_t device = nullptr;
    if (nvmlInit_v2() != NVML_SUCCESS ||
        nvmlDeviceGetHandleByIndex_v2(0, &device) != NVML_SUCCESS) {
      return {};
    }
    for (auto& [name, row] : answers) {
      nvmlFieldValue_t value{};
      value.fieldId = static_cast<unsigned>(std::stoul(name));
      nvmlDeviceGetFieldValues(device, 1, &value);
      row.push_back(answer_of(value.nvmlReturn));
    }
    nvmlShutdown();
  }
  return answers;
}

void print_table(const char* first,
                 const std::vector<std::pair<std::string, std::vector<std::string>>>& rows) {
  std::string head = std::string("| ") + first + " |";
  std::string line = "|---|";
  for (const GpuModel& model : gpu_models()) {
    head += " " + std::string(model.key) + (model.is_extrapolated ? " (extrapolated) |" : " |");
    line += "---|";
  }
  std::printf("%s\n%s\n", head.c_str(), line.c_str());
  for (const auto& [name, answers] : rows) {
    std::printf("| %s |", name.c_str());
    for (const std::string& answer : answers) std::printf(" %s |", answer.c_str());
    std::printf("\n");
  }
}

void print_gpus() {
  std::printf(
      "\n## GPUs\n\n"
      "| GPU | limits W | energy counter moves every | power sensor: renewed every, mean of "
      "| averaging sensor | figures |\n|---|---|---|---|---|---|\n");
  for (const GpuModel& model : gpu_models()) {
    const std::string counter =
        model.has_energy_counter ? std::to_string(static_cast<int>(model.tick_ms)) + " ms" : "none";
    const auto sensor = [](double period, double window) {
      return window == 0 ? std::string("none")
                         : std::to_string(static_cast<int>(period)) + " ms, " +
                               std::to_string(static_cast<int>(window)) + " ms";
    };
    std::printf("| %s, %s | %.0f-%.0f | %s | %s | %s | %s |\n", std::string(model.key).c_str(),
                std::string(model.name).c_str(), model.limit_w.min, model.limit_w.max,
                counter.c_str(), sensor(model.sensor.period_ms, model.sensor.window_ms).c_str(),
                sensor(model.average.period_ms, model.average.window_ms).c_str(),
                model.is_extrapolated ? "**extrapolated**" : "fitted to measured tables");
  }
}

}  // namespace
}  // namespace simulator::testing

int main() {
  using namespace simulator::testing;  // NOLINT(google-build-using-namespace)
  std::fputs(kHead, stdout);
  std::printf(
      "## Functions\n\n`nvmlInit`, `nvmlInit_v2`, `nvmlInitWithFlags`, `nvmlShutdown` and "
      "`nvmlErrorString` besides these %zu.\n\n",
      every_call().size());
  print_table("function", all_answers());
  std::printf(
      "\n## Fields of nvmlDeviceGetFieldValues\n\nOf scope 0, the GPU; module (1) and memory "
      "(2) are NOT_SUPPORTED, any other scope or field is INVALID_ARGUMENT.\n\n");
  print_table("field", field_answers());
  print_gpus();
  return 0;
}
