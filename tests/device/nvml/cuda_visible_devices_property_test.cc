// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// visible_devices() against a second, plain reading of the same rule, on random lists.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "zeus/device/nvml/cuda_visible_devices.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

struct Reading {
  bool is_mig = false;
  std::vector<int> devices;

  bool operator==(const Reading&) const = default;
};

std::vector<std::string> entries_of(const std::string& text) {
  std::vector<std::string> entries(1);
  for (const char c : text) {
    if (c == ',') {
      entries.emplace_back();
    } else {
      entries.back().push_back(c);
    }
  }
  return entries;
}

// The GPUs that an entry may mean, without any notion of order or of other entries.
std::set<int> meant_by(const std::string& entry, bool is_uuid,
                       const std::vector<std::string>& uuids) {
  std::set<int> meant;
  char* end = nullptr;
  const long index = std::strtol(entry.c_str(), &end, 10);
  for (int i = 0; i < static_cast<int>(uuids.size()); ++i) {
    const std::string& uuid = uuids[static_cast<std::size_t>(i)];
    if (is_uuid ? uuid.rfind(entry, 0) == 0 && entry.rfind("GPU-", 0) == 0
                : end != entry.c_str() && index == i) {
      meant.insert(i);
    }
  }
  return meant;
}

Reading plain_reading(const std::string& text, const std::vector<std::string>& uuids) {
  Reading reading;
  const std::vector<std::string> entries = entries_of(text);
  const bool is_uuid = text.rfind("GPU-", 0) == 0;
  std::vector<int> valid;
  for (const std::string& entry : entries) {
    if (entry.find("MIG-") == std::strspn(entry.c_str(), " \t\n\v\f\r")) {
      reading.is_mig = true;
      break;
    }
    const std::set<int> meant = meant_by(entry, is_uuid, uuids);
    if (meant.size() != 1) break;
    valid.push_back(*meant.begin());
    // A repetition decides at once, whatever comes after it.
    if (std::set<int>(valid.begin(), valid.end()).size() != valid.size()) return {};
  }
  if (!reading.is_mig) reading.devices = valid;
  return reading;
}

Reading our_reading(const std::string& text, const std::vector<std::string>& uuids) {
  try {
    return {false, visible_devices(text, uuids)};
  } catch (const ZeusGPUNotSupportedError&) {
    return {true, {}};
  }
}

// UUIDs over a small alphabet, so that beginnings are often shared.
rc::Gen<std::vector<std::string>> machines() {
  const auto uuid = rc::gen::map(rc::gen::container<std::string>(4, rc::gen::element('a', 'b')),
                                 [](const std::string& digits) { return "GPU-" + digits; });
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 7), [uuid](std::size_t count) {
    return rc::gen::unique<std::vector<std::string>>(count, uuid);
  });
}

// Mostly the index of a GPU, sometimes one beyond or dressed up.
rc::Gen<std::string> index_like(const std::vector<std::string>& uuids) {
  const auto index = rc::gen::map(rc::gen::inRange(0, static_cast<int>(uuids.size()) + 1),
                                  [](int number) { return std::to_string(number); });
  const auto dressed =
      rc::gen::apply([](const std::string& before, const std::string& number,
                        const std::string& after) { return before + number + after; },
                     rc::gen::element<std::string>("", " ", "\t", "+", "-", "+-", " +", "0"), index,
                     rc::gen::element<std::string>("", " ", "gpu", ".5", "-1", "x"));
  return rc::gen::weightedOneOf<std::string>({{6, index}, {1, dressed}});
}

// Mostly the beginning of a GPU's UUID, long enough to be unique or not.
rc::Gen<std::string> uuid_like(const std::vector<std::string>& uuids) {
  std::vector<std::string> known = uuids;
  known.emplace_back("GPU-cccc");
  return rc::gen::apply(
      [](const std::string& uuid, std::size_t length) { return uuid.substr(0, length); },
      rc::gen::elementOf(known), rc::gen::inRange<std::size_t>(4, 10));
}

rc::Gen<std::string> odd() {
  return rc::gen::oneOf(
      rc::gen::element<std::string>("", " ", "-", "+", "GPU-", "GPU", "MIG-1", " MIG-",
                                    "99999999999999999999", "-00", "two"),
      rc::gen::string<std::string>());
}

// Lists mostly of one kind.
rc::Gen<std::vector<std::string>> lists(const std::vector<std::string>& uuids) {
  const auto index = index_like(uuids);
  const auto uuid = uuid_like(uuids);
  const auto some = [](const rc::Gen<std::string>& entry, const rc::Gen<std::string>& other) {
    return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 6), [=](std::size_t count) {
      return rc::gen::container<std::vector<std::string>>(
          count, rc::gen::weightedOneOf<std::string>({{14, entry}, {1, other}, {1, odd()}}));
    });
  };
  return rc::gen::oneOf(some(index, uuid), some(uuid, index));
}

std::string joined(const std::vector<std::string>& entries) {
  std::string text;
  for (std::size_t i = 0; i < entries.size(); ++i) text += (i == 0 ? "" : ",") + entries[i];
  return text;
}

RC_GTEST_PROP(VisibleDevicesProperty, lists_are_read_as_the_plain_rule_says, ()) {
  const auto uuids = *machines();
  constexpr std::size_t kLists = 50;
  std::size_t nonempty = 0;
  for (const auto& entries :
       *rc::gen::container<std::vector<std::vector<std::string>>>(kLists, lists(uuids))) {
    const std::string text = joined(entries);
    const Reading reading = our_reading(text, uuids);
    RC_ASSERT(reading == plain_reading(text, uuids));
    if (!reading.devices.empty()) ++nonempty;
  }
  // Whether the lists are worth anything is seen here.
  RC_CLASSIFY(nonempty >= kLists / 3);
}

RC_GTEST_PROP(VisibleDevicesProperty, any_text_gives_distinct_devices_that_exist, ()) {
  const auto uuids = *machines();
  const auto text = *rc::gen::string<std::string>();
  const std::vector<int> devices = our_reading(text, uuids).devices;
  RC_ASSERT(std::set<int>(devices.begin(), devices.end()).size() == devices.size());
  for (const int device : devices) {
    RC_ASSERT(device >= 0 && device < static_cast<int>(uuids.size()));
  }
}

RC_GTEST_PROP(VisibleDevicesProperty, any_order_of_full_uuids_is_kept, ()) {
  const auto uuids = *rc::gen::nonEmpty(machines());
  std::vector<int> order(uuids.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  std::vector<std::string> entries;
  entries.reserve(order.size());
  for (const int device : order) entries.push_back(uuids[static_cast<std::size_t>(device)]);
  RC_ASSERT(visible_devices(joined(entries), uuids) == order);
}

}  // namespace
}  // namespace zeus::nvml
