// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace zeus::daemon {
namespace {

constexpr std::size_t kLongestTarget = 8192;
constexpr std::size_t kMostDevices = 256;
constexpr std::size_t kMostParameters = 16;
constexpr std::uint32_t kLargestNumber = 1'000'000'000;

// Parameters, as bits of what an endpoint must and may have.
enum Parameter : unsigned {
  kNone = 0,
  kGpuIds = 1U << 0U,
  kCpuIds = 1U << 1U,
  kBlock = 1U << 2U,
  kPowerLimit = 1U << 3U,
  kEnabled = 1U << 4U,
  kMinClock = 1U << 5U,
  kMaxClock = 1U << 6U,
  kCpu = 1U << 7U,
  kDram = 1U << 8U,
  kPersist = 1U << 9U,
  kLength = 1U << 10U,
  kUntil = 1U << 11U,
};

struct ParameterName {
  std::string_view name;
  Parameter parameter;
};
constexpr std::array<ParameterName, 12> kParameters{{
    {"gpu_ids", kGpuIds},
    {"cpu_ids", kCpuIds},
    {"block", kBlock},
    {"power_limit_mw", kPowerLimit},
    {"enabled", kEnabled},
    {"min_clock_mhz", kMinClock},
    {"max_clock_mhz", kMaxClock},
    {"cpu", kCpu},
    {"dram", kDram},
    {"persist", kPersist},
    {"length_s", kLength},
    {"until_disconnect", kUntil},
}};

struct Route {
  std::string_view method;
  std::string_view path;
  Endpoint endpoint;
  ApiGroup group;
  unsigned required;
  unsigned optional;
};

constexpr unsigned kWrite = kGpuIds | kBlock;
constexpr unsigned kClocks = kMinClock | kMaxClock;
constexpr auto kAlways = ApiGroup::kAlways;
constexpr auto kControl = ApiGroup::kGpuControl;
constexpr auto kGpuRead = ApiGroup::kGpuRead;
constexpr auto kCpuRead = ApiGroup::kCpuRead;

constexpr std::array<Route, 25> kRoutes{{
    {"GET", "/discover", Endpoint::kDiscover, kAlways, kNone, kNone},
    {"GET", "/time", Endpoint::kTime, kAlways, kNone, kNone},
    {"GET", "/auth/whoami", Endpoint::kWhoAmI, kAlways, kNone, kNone},
    {"GET", "/metrics", Endpoint::kMetrics, kAlways, kNone, kNone},
    {"POST", "/gpu/set_power_limit", Endpoint::kSetPowerLimit, kControl, kWrite | kPowerLimit,
     kPersist},
    {"POST", "/gpu/set_persistence_mode", Endpoint::kSetPersistenceMode, kControl,
     kWrite | kEnabled, kPersist},
    {"POST", "/gpu/set_gpu_locked_clocks", Endpoint::kSetGpuLockedClocks, kControl,
     kWrite | kClocks, kPersist},
    {"POST", "/gpu/set_mem_locked_clocks", Endpoint::kSetMemLockedClocks, kControl,
     kWrite | kClocks, kPersist},
    {"POST", "/gpu/reset_gpu_locked_clocks", Endpoint::kResetGpuLockedClocks, kControl, kWrite,
     kPersist},
    {"POST", "/gpu/reset_mem_locked_clocks", Endpoint::kResetMemLockedClocks, kControl, kWrite,
     kPersist},
    {"POST", "/gpu/reset_locked_clocks", Endpoint::kResetLockedClocks, kControl, kWrite, kPersist},
    {"GET", "/gpu/get_cumulative_energy", Endpoint::kGetGpuEnergy, kGpuRead, kNone, kGpuIds},
    {"GET", "/gpu/get_power", Endpoint::kGetGpuPower, kGpuRead, kNone, kGpuIds},
    {"GET", "/gpu/stream_power", Endpoint::kStreamGpuPower, kGpuRead, kNone, kGpuIds},
    {"GET", "/gpu/get_power_limit", Endpoint::kGetPowerLimit, kGpuRead, kNone, kGpuIds},
    {"GET", "/gpu/get_power_limit_constraints", Endpoint::kGetPowerLimitConstraints, kGpuRead,
     kNone, kGpuIds},
    {"GET", "/gpu/get_persistence_mode", Endpoint::kGetPersistenceMode, kGpuRead, kNone, kGpuIds},
    {"GET", "/cpu/get_cumulative_energy", Endpoint::kGetCpuEnergy, kCpuRead, kCpu | kDram, kCpuIds},
    {"GET", "/cpu/get_power", Endpoint::kGetCpuPower, kCpuRead, kNone, kCpuIds},
    {"GET", "/cpu/stream_power", Endpoint::kStreamCpuPower, kCpuRead, kNone, kCpuIds},
    {"GET", "/lease", Endpoint::kListLeases, kAlways, kNone, kNone},
    {"POST", "/lease/acquire", Endpoint::kAcquireLease, kControl, kGpuIds, kLength | kUntil},
    {"POST", "/lease/heartbeat", Endpoint::kHeartbeat, kControl, kNone, kNone},
    {"POST", "/lease/release", Endpoint::kReleaseLease, kControl, kNone, kGpuIds | kPersist},
    {"POST", "/lease/restore", Endpoint::kRestore, kControl, kNone, kNone},
}};

[[noreturn]] void refuse(const std::string& sentence) { throw RequestError(400, sentence); }

// What a client sent, fit to be shown: short, and without what a terminal would obey.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string clean(text.substr(0, kMost));
  std::ranges::replace_if(
      clean, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text.size() > kMost ? clean + "..." : clean;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0) refuse(fmt::format("'{}' ends in a % that stands for nothing", shown(text)));
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return plain;
}

bool as_bool(std::string_view name, std::string_view text) {
  if (text != "true" && text != "false") {
    refuse(fmt::format("{} is '{}'; it can be true or false", name, shown(text)));
  }
  return text == "true";
}

std::uint32_t as_number(std::string_view name, std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kLargestNumber) {
    refuse(fmt::format("{} is '{}'; it must be a whole number up to {}", name, shown(text),
                       kLargestNumber));
  }
  return number;
}

std::vector<std::string> as_list(std::string_view name, std::string_view text) {
  std::vector<std::string> list;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string each(text.substr(0, end));
    if (each.empty()) refuse(fmt::format("{} has an empty place in its list", name));
    if (std::ranges::find(list, each) != list.end()) {
      refuse(fmt::format("{} lists '{}' twice", name, shown(each)));
    }
    list.push_back(std::move(each));
    if (list.size() > kMostDevices) {
      refuse(fmt::format("{} lists more than {} devices", name, kMostDevices));
    }
    if (end == text.size()) return list;
    text.remove_prefix(end + 1);
  }
}

void take(Request& request, Parameter parameter, std::string_view name, const std::string& value) {
  switch (parameter) {
    case kGpuIds:
    case kCpuIds:
      request.devices = as_list(name, value);
      break;
    case kBlock:
      request.block = as_bool(name, value);
      break;
    case kPowerLimit:
      request.power_limit_mw = as_number(name, value);
      break;
    case kEnabled:
      request.enabled = as_bool(name, value);
      break;
    case kMinClock:
      request.min_clock_mhz = as_number(name, value);
      break;
    case kMaxClock:
      request.max_clock_mhz = as_number(name, value);
      break;
    case kCpu:
      request.cpu = as_bool(name, value);
      break;
    case kDram:
      request.dram = as_bool(name, value);
      break;
    case kPersist:
      request.persist = as_bool(name, value);
      break;
    case kLength:
      request.length_s = as_number(name, value);
      break;
    case kUntil:
      request.until_disconnect = as_bool(name, value);
      break;
    case kNone:
      break;
  }
}

const Route& find_route(std::string_view method, std::string_view path) {
  bool is_there = false;
  for (const Route& route : kRoutes) {
    if (route.path != path) continue;
    if (route.method == method) return route;
    is_there = true;
  }
  if (is_there) {
    throw RequestError(405,
                       fmt::format("{} can't be asked for with {}", shown(path), shown(method)));
  }
  throw RequestError(404, fmt::format("there is nothing at {}", shown(path)));
}

}  // namespace

Request parse_request(std::string_view method, std::string_view target) {
  if (target.size() > kLongestTarget) {
    throw RequestError(414,
                       fmt::format("the request is longer than {} characters", kLongestTarget));
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  const Route& route = find_route(method, target.substr(0, mark));
  std::string_view query = target.substr(std::min(mark + 1, target.size()));
  Request request{.endpoint = route.endpoint, .group = route.group};
  unsigned given = kNone;
  for (std::size_t count = 0; !query.empty(); ++count) {
    if (count == kMostParameters) refuse("there are too many parameters");
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string name = decoded(pair.substr(0, equals));
    const auto known = std::ranges::find(kParameters, std::string_view(name), &ParameterName::name);
    if (known == kParameters.end() || ((route.required | route.optional) & known->parameter) == 0) {
      refuse(fmt::format("{} has no parameter '{}'", route.path, shown(name)));
    }
    if ((given & known->parameter) != 0) refuse(fmt::format("{} is given twice", known->name));
    given |= known->parameter;
    take(request, known->parameter, known->name,
         decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  for (const ParameterName& each : kParameters) {
    if ((route.required & each.parameter & ~given) != 0) {
      refuse(fmt::format("{} needs the parameter {}", route.path, each.name));
    }
  }
  return request;
}

std::string_view name_of(Endpoint endpoint) {
  for (const Route& route : kRoutes) {
    if (route.endpoint != endpoint) continue;
    const std::string_view path = route.path;
    return endpoint == Endpoint::kAcquireLease || endpoint == Endpoint::kReleaseLease ||
                   endpoint == Endpoint::kHeartbeat || endpoint == Endpoint::kRestore
               ? path.substr(1)
               : path.substr(path.rfind('/') + 1);
  }
  return {};
}

std::string_view name_of(ApiGroup group) {
  switch (group) {
    case ApiGroup::kGpuControl:
      return "gpu-control";
    case ApiGroup::kGpuRead:
      return "gpu-read";
    case ApiGroup::kCpuRead:
      return "cpu-read";
    case ApiGroup::kAlways:
      break;
  }
  return {};
}

}  // namespace zeus::daemon
