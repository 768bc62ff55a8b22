// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The little of `nvidia-smi` by which programs tell that there is a driver: --help, -L and
// --query-gpu=… --format=csv[,noheader][,nounits]. Everything it says comes through NVML.
#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/nvml/nvml_abi.h"

namespace {

constexpr const char* kHelp =
    "NVIDIA System Management Interface -- of the simulated driver\n\n"
    "nvidia-smi                            the list of GPUs\n"
    "nvidia-smi -L                         the same\n"
    "nvidia-smi --query-gpu=NAME,... --format=csv[,noheader][,nounits]\n\n"
    "Names: ";

struct Property {
  std::string_view name;
  std::string_view unit;
  // Empty: the driver has no answer.
  std::function<std::string(nvmlDevice_t)> read;
};

template <class Function>
std::function<std::string(nvmlDevice_t)> text_of(Function* function) {
  return [function](nvmlDevice_t gpu) -> std::string {
    std::array<char, 96> text{};
    return function(gpu, text.data(), text.size()) == NVML_SUCCESS ? text.data() : "";
  };
}

std::string two_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

std::function<std::string(nvmlDevice_t)> watts_of(nvmlReturn_t (*function)(nvmlDevice_t,
                                                                           unsigned*)) {
  return [function](nvmlDevice_t gpu) {
    unsigned mw = 0;
    return function(gpu, &mw) == NVML_SUCCESS ? two_digits(mw / 1000.0) : std::string();
  };
}

std::string memory_of(nvmlDevice_t gpu, unsigned long long nvmlMemory_t::*part) {
  nvmlMemory_t memory{};
  if (nvmlDeviceGetMemoryInfo(gpu, &memory) != NVML_SUCCESS) return {};
  return std::to_string(memory.*part >> 20U);
}

std::string driver_version(nvmlDevice_t) {
  std::array<char, 80> text{};
  return nvmlSystemGetDriverVersion(text.data(), text.size()) == NVML_SUCCESS ? text.data() : "";
}

const std::vector<Property>& properties() {
  static const std::vector<Property> all{
      {"index", "",
       [](nvmlDevice_t gpu) {
         unsigned index = 0;
         return nvmlDeviceGetIndex(gpu, &index) == NVML_SUCCESS ? std::to_string(index)
                                                                : std::string();
       }},
      {"name", "", text_of(&nvmlDeviceGetName)},
      {"uuid", "", text_of(&nvmlDeviceGetUUID)},
      {"driver_version", "", driver_version},
      {"memory.total", "MiB",
       [](nvmlDevice_t gpu) { return memory_of(gpu, &nvmlMemory_t::total); }},
      {"memory.used", "MiB", [](nvmlDevice_t gpu) { return memory_of(gpu, &nvmlMemory_t::used); }},
      {"utilization.gpu", "%",
       [](nvmlDevice_t gpu) {
         nvmlUtilization_t use{};
         return nvmlDeviceGetUtilizationRates(gpu, &use) == NVML_SUCCESS ? std::to_string(use.gpu)
                                                                         : std::string();
       }},
      {"temperature.gpu", "",
       [](nvmlDevice_t gpu) {
         unsigned celsius = 0;
         return nvmlDeviceGetTemperature(gpu, NVML_TEMPERATURE_GPU, &celsius) == NVML_SUCCESS
                    ? std::to_string(celsius)
                    : std::string();
       }},
      {"power.draw", "W", watts_of(&nvmlDeviceGetPowerUsage)},
      {"power.limit", "W", watts_of(&nvmlDeviceGetPowerManagementLimit)},
      {"power.default_limit", "W", watts_of(&nvmlDeviceGetPowerManagementDefaultLimit)},
      {"enforced.power.limit", "W", watts_of(&nvmlDeviceGetEnforcedPowerLimit)},
  };
  return all;
}

const Property* find_property(std::string_view name) {
  for (const Property& property : properties()) {
    if (property.name == name) return &property;
  }
  return nullptr;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(',');
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<nvmlDevice_t> all_gpus() {
  std::vector<nvmlDevice_t> gpus;
  unsigned count = 0;
  nvmlDeviceGetCount_v2(&count);
  for (unsigned i = 0; i < count; ++i) {
    nvmlDevice_t gpu = nullptr;
    if (nvmlDeviceGetHandleByIndex_v2(i, &gpu) == NVML_SUCCESS) gpus.push_back(gpu);
  }
  return gpus;
}

int fail(const std::string& what) {
  std::fprintf(stderr, "nvidia-smi (simulated): %s\n", what.c_str());
  return 2;
}

void print_help() {
  std::string names;
  for (const Property& property : properties()) {
    names += (names.empty() ? "" : ", ") + std::string(property.name);
  }
  std::printf("%s%s\n", kHelp, names.c_str());
}

void print_list() {
  for (const nvmlDevice_t gpu : all_gpus()) {
    const auto value = [gpu](std::string_view name) { return find_property(name)->read(gpu); };
    std::printf("GPU %s: %s (UUID: %s)\n", value("index").c_str(), value("name").c_str(),
                value("uuid").c_str());
  }
}

int print_query(std::string_view names, std::string_view format) {
  bool header = true;
  bool units = true;
  for (const std::string_view word : split(format)) {
    if (word == "noheader") {
      header = false;
    } else if (word == "nounits") {
      units = false;
    } else if (word != "csv") {
      return fail("--format: only csv, noheader and nounits");
    }
  }
  std::vector<const Property*> wanted;
  std::string line;
  for (const std::string_view name : split(names)) {
    wanted.push_back(find_property(name));
    if (wanted.back() == nullptr) return fail("--query-gpu: no \"" + std::string(name) + "\" here");
    line += (line.empty() ? "" : ", ") + std::string(name);
    if (units && !wanted.back()->unit.empty())
      line += " [" + std::string(wanted.back()->unit) + "]";
  }
  if (header) std::printf("%s\n", line.c_str());
  for (const nvmlDevice_t gpu : all_gpus()) {
    line.clear();
    for (const Property* property : wanted) {
      std::string value = property->read(gpu);
      if (value.empty()) {
        value = "[N/A]";
      } else if (units && !property->unit.empty()) {
        value += " " + std::string(property->unit);
      }
      line += (line.empty() ? "" : ", ") + value;
    }
    std::printf("%s\n", line.c_str());
  }
  return 0;
}

int run(const std::vector<std::string_view>& words) {
  if (words.empty() || words[0] == "-L" || words[0] == "--list-gpus") {
    print_list();
    return 0;
  }
  std::string_view names;
  std::string_view format = "csv";
  for (const std::string_view word : words) {
    constexpr std::string_view kNames = "--query-gpu=";
    constexpr std::string_view kFormat = "--format=";
    if (word.starts_with(kNames)) {
      names = word.substr(kNames.size());
    } else if (word.starts_with(kFormat)) {
      format = word.substr(kFormat.size());
    } else {
      return fail("no option " + std::string(word) + "; see --help");
    }
  }
  return names.empty() ? fail("--format is for --query-gpu") : print_query(names, format);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
      print_help();
      return 0;
    }
    if (const nvmlReturn_t code = nvmlInit_v2(); code != NVML_SUCCESS) {
      return fail(nvmlErrorString(code));
    }
    return run(words);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
