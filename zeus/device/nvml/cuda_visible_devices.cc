// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/cuda_visible_devices.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string_view>
#include <system_error>

#include "zeus/error.h"

namespace zeus::nvml {
namespace {

constexpr std::string_view kUuidPrefix = "GPU-";
constexpr std::string_view kMigPrefix = "MIG-";

std::string_view without_leading_spaces(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\v\f\r");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

std::optional<int> device_of_index(std::string_view entry, std::size_t count) {
  entry = without_leading_spaces(entry);
  const bool is_negative = entry.starts_with('-');
  if (is_negative || entry.starts_with('+')) entry.remove_prefix(1);
  unsigned index = 0;  // unsigned: from_chars() then takes no second sign
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), index);
  if (error != std::errc() || index >= count || (is_negative && index != 0)) return std::nullopt;
  return static_cast<int>(index);
}

std::optional<int> device_of_uuid(std::string_view entry, const std::vector<std::string>& uuids) {
  if (!entry.starts_with(kUuidPrefix)) return std::nullopt;
  std::optional<int> found;
  for (std::size_t i = 0; i < uuids.size(); ++i) {
    if (!uuids[i].starts_with(entry)) continue;
    if (found) return std::nullopt;
    found = static_cast<int>(i);
  }
  return found;
}

[[noreturn]] void refuse_mig(std::string_view entry) {
  throw ZeusGPUNotSupportedError(
      "CUDA_VISIBLE_DEVICES names the MIG instance " + std::string(entry) +
      ", but energy and power limit belong to whole GPUs only; turn MIG off on this GPU (as root: "
      "nvidia-smi -mig 0) or choose one without MIG");
}

}  // namespace

bool lists_uuids(const std::optional<std::string>& text) {
  return text && text->starts_with(kUuidPrefix);
}

std::vector<int> visible_devices(const std::optional<std::string>& text,
                                 const std::vector<std::string>& uuids) {
  std::vector<int> devices;
  if (!text) {
    devices.resize(uuids.size());
    std::iota(devices.begin(), devices.end(), 0);
    return devices;
  }
  const bool by_uuid = lists_uuids(text);
  for (std::string_view rest = *text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view entry = rest.substr(0, comma);
    if (const auto word = without_leading_spaces(entry); word.starts_with(kMigPrefix)) {
      refuse_mig(word);
    }
    const std::optional<int> device =
        by_uuid ? device_of_uuid(entry, uuids) : device_of_index(entry, uuids.size());
    if (!device) return devices;
    if (std::find(devices.begin(), devices.end(), *device) != devices.end()) return {};
    devices.push_back(*device);
    if (comma == std::string_view::npos) return devices;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace zeus::nvml
