// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Cost;
using simulator::device_call;
using simulator::get;
using simulator::PowerSensor;
using simulator::read_temperature;
using simulator::SimulatedGpu;

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* energy) {
  return get(__func__, device, Cost::kRead, energy, simulator::read_energy_mj);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned* power) {
  return get(__func__, device, Cost::kRead, power, [](const SimulatedGpu& gpu) {
    const bool averages = gpu.model().averages_power();
    return read_power_mw(gpu, averages ? PowerSensor::kAverage : PowerSensor::kInstant);
  });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor,
                                      unsigned* temperature) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (temperature == nullptr || static_cast<int>(sensor) != NVML_TEMPERATURE_GPU) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *temperature = static_cast<unsigned>(read_temperature(gpu));
    return NVML_SUCCESS;
  });
}

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

nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device,
                                               nvmlTemperatureThresholds_t which,
                                               unsigned* temperature) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    const auto number = static_cast<int>(which);
    if (temperature == nullptr || number < 0 || number > NVML_TEMPERATURE_THRESHOLD_GPS_CURR) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    switch (number) {
      case NVML_TEMPERATURE_THRESHOLD_SHUTDOWN:
        *temperature = gpu.model().celsius.shutdown;
        return NVML_SUCCESS;
      case NVML_TEMPERATURE_THRESHOLD_SLOWDOWN:
        *temperature = gpu.model().celsius.slowdown;
        return NVML_SUCCESS;
      case NVML_TEMPERATURE_THRESHOLD_GPU_MAX:
        *temperature = gpu.model().celsius.slowdown - 4;
        return NVML_SUCCESS;
      default:
        return NVML_ERROR_NOT_SUPPORTED;
    }
  });
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t device, unsigned* percent) {
  return get(__func__, device, Cost::kRead, percent, [](const SimulatedGpu& gpu) {
    if (!gpu.model().has_fan) return std::optional<int>();
    // From 33 % at 40 degrees C to 100 % at 90.
    return std::optional(std::clamp(33 + (read_temperature(gpu) - 40) * 67 / 50, 33, 100));
  });
}
