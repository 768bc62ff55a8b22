// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The little of `nvidia-smi` by which programs tell that there is a driver: --help, -L and
// --query-gpu=… --format=csv[,noheader][,nounits]. Everything it says comes through NVML.
#include <algorithm>
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

// What the driver answers, as text; empty where it has no answer.
using Read = std::function<std::string(nvmlDevice_t)>;

struct Property {
  std::string_view name;
  std::string_view unit;
  Read read;
};

template <class Function>
Read text_of(Function* function) {
  return [function](nvmlDevice_t gpu) -> std::string {
    std::array<char, 96> text{};
    return function(gpu, text.data(), text.size()) == NVML_SUCCESS ? text.data() : "";
  };
}

nvmlReturn_t driver_version(nvmlDevice_t, char* text, unsigned length) {
  return nvmlSystemGetDriverVersion(text, length);
}

std::string whole(unsigned long long value) { return std::to_string(value); }
std::string mebibytes(unsigned long long bytes) { return whole(bytes >> 20U); }
std::string watts(unsigned long long milliwatts) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(milliwatts) / 1000.0);
  return text.data();
}

// The number that `function` gives, put as `put` does.
Read number_of(NumberOfGpu* function, std::string (*put)(unsigned long long) = whole) {
  return [=](nvmlDevice_t gpu) {
    unsigned value = 0;
    return function(gpu, &value) == NVML_SUCCESS ? put(value) : std::string();
  };
}

// The same for one part of the struct that it fills in.
template <class Struct, class Part>
Read part_of(nvmlReturn_t (*function)(nvmlDevice_t, Struct*), Part Struct::*part,
             std::string (*put)(unsigned long long) = whole) {
  return [=](nvmlDevice_t gpu) {
    Struct all{};
    return function(gpu, &all) == NVML_SUCCESS ? put(all.*part) : std::string();
  };
}

nvmlReturn_t temperature(nvmlDevice_t gpu, unsigned* celsius) {
  return nvmlDeviceGetTemperature(gpu, NVML_TEMPERATURE_GPU, celsius);
}

const std::vector<Property>& properties() {
  static const std::vector<Property> all{
      {"index", "", number_of(nvmlDeviceGetIndex)},
      {"name", "", text_of(nvmlDeviceGetName)},
      {"uuid", "", text_of(nvmlDeviceGetUUID)},
      {"driver_version", "", text_of(driver_version)},
      {"memory.total", "MiB", part_of(nvmlDeviceGetMemoryInfo, &nvmlMemory_t::total, mebibytes)},
      {"memory.used", "MiB", part_of(nvmlDeviceGetMemoryInfo, &nvmlMemory_t::used, mebibytes)},
      {"utilization.gpu", "%", part_of(nvmlDeviceGetUtilizationRates, &nvmlUtilization_t::gpu)},
      {"temperature.gpu", "", number_of(temperature)},
      {"power.draw", "W", number_of(nvmlDeviceGetPowerUsage, watts)},
      {"power.limit", "W", number_of(nvmlDeviceGetPowerManagementLimit, watts)},
      {"power.default_limit", "W", number_of(nvmlDeviceGetPowerManagementDefaultLimit, watts)},
      {"enforced.power.limit", "W", number_of(nvmlDeviceGetEnforcedPowerLimit, watts)},
  };
  return all;
}

const Property* find_property(std::string_view name) {
  const auto found = std::ranges::find(properties(), name, &Property::name);
  return found != properties().end() ? &*found : nullptr;
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

void append(std::string& list, std::string_view word) {
  list += (list.empty() ? "" : ", ") + std::string(word);
}

void print_help() {
  std::string names;
  for (const Property& property : properties()) append(names, property.name);
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
    const Property* const property = find_property(name);
    if (property == nullptr) return fail("--query-gpu: no \"" + std::string(name) + "\" here");
    wanted.push_back(property);
    const bool has_unit = units && !property->unit.empty();
    append(line, std::string(name) + (has_unit ? " [" + std::string(property->unit) + "]" : ""));
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
      append(line, value);
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
