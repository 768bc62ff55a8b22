// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_gpu.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "zeus/error.h"

namespace zeus::nvml {
namespace {

bool means_absent(Return code) { return code == kNotSupported || code == kFunctionNotFound; }

// Drivers that don't know a field or a scope say so in several ways.
bool means_no_such_field(Return code) {
  return means_absent(code) || code == kInvalidArgument || code == kNotFound;
}

unsigned milliwatts_of(const FieldValue& entry) {
  enum ValueType : unsigned { kDouble = 0, kUnsignedLong = 2, kUnsignedLongLong = 3 };
  switch (entry.value_type) {
    case kDouble:
      return static_cast<unsigned>(std::lround(entry.value.as_double));
    case kUnsignedLong:
    case kUnsignedLongLong:
      return static_cast<unsigned>(entry.value.as_unsigned_long_long);
    default:
      return entry.value.as_unsigned;
  }
}

// What the driver takes for a limit; nothing for what isn't a number of milliwatts at all.
std::optional<unsigned> to_driver(Watts limit) {
  const double milliwatts = limit.value() * 1000.0;
  const bool is_sendable =
      milliwatts >= 0.0 && milliwatts < double{std::numeric_limits<unsigned>::max()};
  if (!is_sendable) return std::nullopt;  // NaN too
  return static_cast<unsigned>(to_milliwatts(limit));
}

}  // namespace

NvmlGpu::NvmlGpu(std::shared_ptr<const Library> library, unsigned index)
    : library_(std::move(library)), label_(fmt::format("GPU {}", index)) {
  identify(index);
  probe();
  controls_ = std::make_unique<NvmlControls>(library_, device_, label_);
}

void NvmlGpu::identify(unsigned index) {
  const Functions& nvml = library_->functions();
  info_.is_simulated = library_->is_simulated();
  info_.is_found_by_uuid = true;
  Device device = nullptr;
  library_->call(label_, nvml.device_handle, index, &device);

  std::array<char, kUuidSize> uuid{};
  library_->call(label_, nvml.device_uuid, device, uuid.data(), unsigned{kUuidSize});
  uuid.back() = '\0';
  info_.uuid = uuid.data();
  device_ = std::make_shared<const DeviceHandle>(device, info_.uuid);

  std::array<char, kNameSize> name{};
  library_->call(label_, nvml.device_name, *device_, name.data(), unsigned{kNameSize});
  name.back() = '\0';
  info_.name = name.data();
  label_ = fmt::format("GPU {} ({}, {})", index, info_.name, info_.uuid);

  // From here on a driver may not know; but where it does and fails, the GPU is not usable.
  const auto tells = [&](const auto& function, auto... arguments) {
    return told(library_->answer(function, *device_, arguments...), function.name);
  };
  if (PciInfo pci{}; tells(nvml.pci_info, &pci)) {
    pci.bus_id[sizeof pci.bus_id - 1] = '\0';
    info_.pci_address = pci.bus_id;
  }
  if (unsigned number = 0; tells(nvml.architecture, &number)) {
    architecture_ = architecture_of(number);
    info_.architecture = to_string(architecture_);
  }
  unsigned mig_now = 0;
  unsigned mig_after_reset = 0;
  if (tells(nvml.mig_mode, &mig_now, &mig_after_reset) && mig_now == kMigEnabled) {
    info_.partitioned = {
        .what =
            "it is in MIG mode: energy and power limit belong to the whole GPU and can't be "
            "told apart by instance",
        .command = fmt::format("sudo nvidia-smi -i {} -mig 0", info_.uuid)};
  }
  info_.counter_period = counter_period_of(architecture_);
}

void NvmlGpu::probe() {
  const Functions& nvml = library_->functions();
  const auto has = [&](const auto& function, auto... arguments) {
    return !means_absent(library_->answer(function, *device_, arguments...));
  };
  unsigned first = 0;
  unsigned second = 0;
  unsigned long long energy = 0;
  info_.has.energy_counter = has(nvml.total_energy, &energy);
  info_.has.power_limit =
      has(nvml.power_limit, &first) && has(nvml.power_limit_range, &first, &second);
  info_.has.default_power_limit = has(nvml.default_power_limit, &first);
  info_.has.enforced_power_limit = has(nvml.enforced_power_limit, &first);

  const PowerUsageMeans usage = power_usage_of(architecture_, is_ga100());
  instant_source_ = find_power_source(kFieldPowerInstant, usage == PowerUsageMeans::kInstant);
  average_source_ = find_power_source(kFieldPowerAverage, usage == PowerUsageMeans::kAverage);
  info_.has.instant_power = instant_source_ != PowerSource::kNone;
  info_.has.average_power = average_source_ != PowerSource::kNone;

  const char* call = "";
  int celsius = 0;
  temperature_by_v_ = true;
  Return of_temperature = read_temperature(call, celsius);
  if (means_absent(of_temperature) || of_temperature == kArgumentVersionMismatch) {
    temperature_by_v_ = false;
    of_temperature = read_temperature(call, celsius);
  }
  info_.has.temperature = !means_absent(of_temperature);
}

bool NvmlGpu::is_ga100() const {
  int major = 0;
  int minor = 0;
  const Return code =
      library_->answer(library_->functions().compute_capability, *device_, &major, &minor);
  return code == kSuccess && major == 8 && minor == 0;
}

NvmlGpu::PowerSource NvmlGpu::find_power_source(unsigned field, bool power_usage_fits) const {
  const Return of_gpu = read_power(PowerSource::kGpuField, field).code;
  if (of_gpu == kSuccess) return PowerSource::kGpuField;
  if (read_power(PowerSource::kModuleField, field).code == kSuccess) {
    return PowerSource::kModuleField;
  }
  if (power_usage_fits && !means_absent(read_power(PowerSource::kPowerUsage, field).code)) {
    return PowerSource::kPowerUsage;
  }
  return means_no_such_field(of_gpu) ? PowerSource::kNone : PowerSource::kGpuField;
}

NvmlGpu::PowerReading NvmlGpu::read_power(PowerSource source, unsigned field) const {
  const Functions& nvml = library_->functions();
  if (source == PowerSource::kPowerUsage) {
    PowerReading reading{kSuccess, nvml.power_usage.name, 0};
    reading.code = library_->answer(nvml.power_usage, *device_, &reading.milliwatts);
    return reading;
  }
  FieldValue entry{};
  entry.field = field;
  entry.scope = source == PowerSource::kModuleField ? kScopeModule : kScopeGpu;
  entry.code = kNoData;  // for a driver that forgets the entry
  PowerReading reading{kSuccess, nvml.field_values.name, 0};
  reading.code = library_->answer(nvml.field_values, *device_, 1, &entry);
  if (reading.code == kSuccess) reading.code = entry.code;
  if (reading.code == kSuccess) reading.milliwatts = milliwatts_of(entry);
  return reading;
}

Watts NvmlGpu::power(PowerSource source, unsigned field) const {
  require(source != PowerSource::kNone, library_->functions().field_values.name);
  const PowerReading reading = read_power(source, field);
  if (reading.code != kSuccess) library_->fail(reading.code, reading.call, label_);
  return from_milliwatts(reading.milliwatts);
}

Return NvmlGpu::read_temperature(const char*& call, int& celsius) const {
  const Functions& nvml = library_->functions();
  if (temperature_by_v_) {
    call = nvml.temperature_v.name;
    Temperature reading{kTemperatureVersion, kTemperatureGpu, 0};
    const Return code = library_->answer(nvml.temperature_v, *device_, &reading);
    celsius = reading.celsius;
    return code;
  }
  call = nvml.temperature.name;
  unsigned reading = 0;
  const Return code = library_->answer(nvml.temperature, *device_, kTemperatureGpu, &reading);
  celsius = static_cast<int>(reading);
  return code;
}

void NvmlGpu::require(bool has_it, const char* call) const {
  if (!has_it) [[unlikely]] {
    library_->fail(kNotSupported, call, label_);
  }
}

bool NvmlGpu::told(Return code, const char* call) const {
  if (code != kSuccess && !means_absent(code)) library_->fail(code, call, label_);
  return code == kSuccess;
}

PowerLimitRange NvmlGpu::power_limit_range() const {
  const auto& function = library_->functions().power_limit_range;
  require(info_.has.power_limit, function.name);
  unsigned min = 0;
  unsigned max = 0;
  library_->call(label_, function, *device_, &min, &max);
  return {from_milliwatts(min), from_milliwatts(max)};
}

Watts NvmlGpu::limit(bool has_it, const Function<Device, unsigned*>& function) const {
  require(has_it, function.name);
  unsigned milliwatts = 0;
  library_->call(label_, function, *device_, &milliwatts);
  return from_milliwatts(milliwatts);
}

Watts NvmlGpu::default_power_limit() const {
  return limit(info_.has.default_power_limit, library_->functions().default_power_limit);
}

Watts NvmlGpu::power_limit() const {
  return limit(info_.has.power_limit, library_->functions().power_limit);
}

Watts NvmlGpu::enforced_power_limit() const {
  return limit(info_.has.enforced_power_limit, library_->functions().enforced_power_limit);
}

void NvmlGpu::set_power_limit(Watts limit) {
  const Functions& nvml = library_->functions();
  const std::optional<unsigned> milliwatts = to_driver(limit);
  const Return code =
      milliwatts ? library_->answer(nvml.set_power_limit, *device_, *milliwatts) : kInvalidArgument;
  if (code == kSuccess) return;
  if (code == kNotSupported) {
    library_->fail(code, nvml.set_power_limit.name, label_,
                   "the power limit of this GPU can't be set, as on many laptops: it can only be "
                   "measured");
  }
  std::string detail = fmt::format("{:g} W was asked for", limit.value());
  unsigned min = 0;
  unsigned max = 0;
  if (code == kInvalidArgument &&
      library_->answer(nvml.power_limit_range, *device_, &min, &max) == kSuccess) {
    detail += fmt::format(", {:g} to {:g} W are possible", from_milliwatts(min).value(),
                          from_milliwatts(max).value());
  }
  library_->fail(code, nvml.set_power_limit.name, label_, detail);
}

Joules NvmlGpu::total_energy() const {
  const auto& function = library_->functions().total_energy;
  require(info_.has.energy_counter, function.name);
  unsigned long long millijoules = 0;
  library_->call(label_, function, *device_, &millijoules);
  return Joules(static_cast<double>(millijoules) / 1000.0);
}

Watts NvmlGpu::instant_power() const { return power(instant_source_, kFieldPowerInstant); }

Watts NvmlGpu::average_power() const { return power(average_source_, kFieldPowerAverage); }

Celsius NvmlGpu::temperature() const {
  const char* call = library_->functions().temperature.name;
  require(info_.has.temperature, call);
  int celsius = 0;
  if (const Return code = read_temperature(call, celsius); code != kSuccess) {
    library_->fail(code, call, label_);
  }
  return Celsius(celsius);
}

std::optional<MegaHertz> NvmlGpu::clock() const {
  const auto& function = library_->functions().clock;
  unsigned megahertz = 0;
  const Return code = library_->answer(function, *device_, kClockSm, &megahertz);
  return told(code, function.name) ? std::optional(MegaHertz(megahertz)) : std::nullopt;
}

std::optional<ClockReasons> NvmlGpu::clock_reasons() const {
  const Functions& nvml = library_->functions();
  const bool is_older = nvml.clock_reasons.address == nullptr;
  const auto& function = is_older ? nvml.throttle_reasons : nvml.clock_reasons;
  unsigned long long reasons = 0;
  if (!told(library_->answer(function, *device_, &reasons), function.name)) return std::nullopt;
  const auto has_any = [reasons](unsigned long long bits) { return (reasons & bits) != 0; };
  return ClockReasons{.idle = has_any(kReasonIdle),
                      .power_limit = has_any(kReasonSwPowerCap),
                      .temperature = has_any(kReasonSwThermal | kReasonHwThermal),
                      .hardware = has_any(kReasonHwSlowdown | kReasonHwPowerBrake)};
}

std::string NvmlGpu::restore_command(Watts limit) const {
  return fmt::format("sudo nvidia-smi -i {} -pl {:g}", info_.uuid, limit.value());
}

}  // namespace zeus::nvml
