// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_controls.h"

#include <utility>

namespace zeus::nvml {

NvmlControls::NvmlControls(std::shared_ptr<const Library> library,
                           std::shared_ptr<const DeviceHandle> device, std::string label)
    : library_(std::move(library)), device_(std::move(device)), label_(std::move(label)) {}

bool NvmlControls::persistence_mode() const {
  unsigned mode = 0;
  library_->call(label_, library_->functions().persistence_mode, *device_, &mode);
  return mode == kFeatureEnabled;
}

void NvmlControls::set_persistence_mode(bool enabled) {
  library_->call(label_, library_->functions().set_persistence_mode, *device_,
                 enabled ? kFeatureEnabled : kFeatureDisabled);
}

template <class Function, class... Arguments>
std::vector<unsigned> NvmlControls::read_list(const Function& function,
                                              Arguments... arguments) const {
  unsigned count = 0;
  // Asked for the number first; some drivers answer that with success.
  const Return code =
      library_->answer(function, *device_, arguments..., &count, static_cast<unsigned*>(nullptr));
  if (code != kSuccess && code != kInsufficientSize) library_->fail(code, function.name, label_);
  std::vector<unsigned> list(count);
  if (count == 0) return list;
  library_->call(label_, function, *device_, arguments..., &count, list.data());
  list.resize(count);
  return list;
}

std::vector<unsigned> NvmlControls::supported_memory_clocks() const {
  return read_list(library_->functions().supported_memory_clocks);
}

std::vector<unsigned> NvmlControls::supported_graphics_clocks(unsigned memory_clock) const {
  return read_list(library_->functions().supported_graphics_clocks, memory_clock);
}

void NvmlControls::lock_memory_clocks(unsigned min, unsigned max) {
  library_->call(label_, library_->functions().lock_memory_clocks, *device_, min, max);
}

void NvmlControls::unlock_memory_clocks() {
  library_->call(label_, library_->functions().unlock_memory_clocks, *device_);
}

void NvmlControls::lock_graphics_clocks(unsigned min, unsigned max) {
  library_->call(label_, library_->functions().lock_graphics_clocks, *device_, min, max);
}

void NvmlControls::unlock_graphics_clocks() {
  library_->call(label_, library_->functions().unlock_graphics_clocks, *device_);
}

Watts NvmlControls::average_memory_power() const {
  const auto& function = library_->functions().field_values;
  FieldValue entry{};
  entry.field = kFieldPowerAverage;
  entry.scope = kScopeMemory;
  entry.code = kNoData;  // for a driver that forgets the entry
  library_->call(label_, function, *device_, 1, &entry);
  if (entry.code != kSuccess) library_->fail(entry.code, function.name, label_);
  return from_milliwatts(entry.value.as_unsigned);
}

}  // namespace zeus::nvml
