// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Energy, power and temperature, each by its own function and as fields of the batched one.
#include <algorithm>
#include <optional>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

unsigned power_of(const SimulatedGpu& gpu) {
  const bool averages = gpu.model().averages_power();
  return read_power_mw(gpu, averages ? PowerSensor::kAverage : PowerSensor::kInstant);
}

int temperature(const SimulatedGpu& gpu, int) { return read_temperature(gpu); }

std::optional<unsigned> temperature_threshold(const SimulatedGpu& gpu, int which) {
  switch (which) {
    case NVML_TEMPERATURE_THRESHOLD_SHUTDOWN:
      return gpu.model().celsius.shutdown;
    case NVML_TEMPERATURE_THRESHOLD_SLOWDOWN:
      return gpu.model().celsius.slowdown;
    case NVML_TEMPERATURE_THRESHOLD_GPU_MAX:
      return gpu.model().celsius.slowdown - 4;
    default:
      return std::nullopt;
  }
}

// From 33 % at 40 degrees C to 100 % at 90.
std::optional<int> fan_percent(const SimulatedGpu& gpu) {
  if (!gpu.model().has_fan) return std::nullopt;
  return std::clamp(33 + (read_temperature(gpu) - 40) * 67 / 50, 33, 100);
}

nvmlReturn_t answer_power(nvmlFieldValue_t& value, std::int64_t milliwatts) {
  value.valueType = NVML_VALUE_TYPE_UNSIGNED_INT;
  value.value.uiVal = static_cast<unsigned>(milliwatts);
  return NVML_SUCCESS;
}

// Module and memory have sensors of their own on Grace and on some HBM boards only.
nvmlReturn_t answer_sensor(const SimulatedGpu& gpu, nvmlFieldValue_t& value, PowerSensor sensor) {
  if (value.scopeId > NVML_POWER_SCOPE_MEMORY) return NVML_ERROR_INVALID_ARGUMENT;
  if (value.scopeId != NVML_POWER_SCOPE_GPU) return NVML_ERROR_NOT_SUPPORTED;
  if (sensor == PowerSensor::kAverage && !gpu.model().averages_power()) {
    return NVML_ERROR_NOT_SUPPORTED;
  }
  return answer_power(value, read_power_mw(gpu, sensor));
}

nvmlReturn_t answer_field(const SimulatedGpu& gpu, nvmlFieldValue_t& value) {
  switch (value.fieldId) {
    case NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION:
    case NVML_FI_DEV_ENERGY: {
      const auto energy = read_energy_mj(gpu);
      if (!energy) return NVML_ERROR_NOT_SUPPORTED;
      value.valueType = NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
      value.value.ullVal = *energy;
      return NVML_SUCCESS;
    }
    case NVML_FI_DEV_POWER_AVERAGE:
      return answer_sensor(gpu, value, PowerSensor::kAverage);
    case NVML_FI_DEV_POWER_INSTANT:
      return answer_sensor(gpu, value, PowerSensor::kInstant);
    case NVML_FI_DEV_POWER_MIN_LIMIT:
      return answer_power(value, gpu.scenario().min_limit_mw);
    case NVML_FI_DEV_POWER_MAX_LIMIT:
      return answer_power(value, gpu.scenario().max_limit_mw);
    case NVML_FI_DEV_POWER_DEFAULT_LIMIT:
      return answer_power(value, gpu.scenario().default_limit_mw);
    case NVML_FI_DEV_POWER_CURRENT_LIMIT:
      return answer_power(value,
                          gpu.look([](const Moment& at) { return at.timeline.enforced_mw(); }));
    case NVML_FI_DEV_POWER_REQUESTED_LIMIT:
      return answer_power(value, gpu.look([](const Moment& at) { return at.record.requested_mw; }));
    default:
      return NVML_ERROR_INVALID_ARGUMENT;
  }
}

}  // namespace

NVML_WITH_ONE(nvmlDeviceGetTotalEnergyConsumption, get<Cost::kRead>, read_energy_mj)
NVML_WITH_ONE(nvmlDeviceGetPowerUsage, get<Cost::kRead>, power_of)
NVML_WITH_ONE(nvmlDeviceGetFanSpeed, get<Cost::kRead>, fan_percent)
NVML_WITH_TWO(nvmlDeviceGetTemperature, get_one_of<Cost::kRead>, NVML_TEMPERATURE_GPU, temperature)
NVML_WITH_TWO(nvmlDeviceGetTemperatureThreshold, get_one_of<Cost::kNone>,
              NVML_TEMPERATURE_THRESHOLD_GPS_CURR, temperature_threshold)

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (temperature == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (temperature->version != nvmlTemperature_v1) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    if (static_cast<int>(temperature->sensorType) != NVML_TEMPERATURE_GPU) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    temperature->temperature = read_temperature(gpu);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t* values) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (values == nullptr || count < 1) return NVML_ERROR_INVALID_ARGUMENT;
    Driver& driver = gpu.driver;
    for (int i = 0; i < count; ++i) {
      nvmlFieldValue_t& value = values[i];
      const nvmlReturn_t fault =
          driver.faults().on_field(gpu.index, value.fieldId, driver.passed_ns());
      value.nvmlReturn = fault != NVML_SUCCESS ? fault : answer_field(gpu, value);
      value.timestamp = driver.unix_ns() / 1000;
      // One driver call serves them all.
      value.latencyUsec = driver.scenario().read_latency_ns / 1000 / count;
    }
    return NVML_SUCCESS;
  });
}
