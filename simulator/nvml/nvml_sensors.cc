// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::PowerSensor;

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* energy) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (energy == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const auto shown = simulator::read_energy_mj(driver, index);
    if (!shown) return NVML_ERROR_NOT_SUPPORTED;
    *energy = *shown;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int* power) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (power == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const bool averages = driver.scenario().gpus[index].model->averages_power();
    *power = simulator::read_power_mw(driver, index,
                                      averages ? PowerSensor::kAverage : PowerSensor::kInstant);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor,
                                      unsigned int* temperature) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (temperature == nullptr || static_cast<int>(sensor) != NVML_TEMPERATURE_GPU) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *temperature = static_cast<unsigned>(simulator::read_temperature(driver, index));
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (temperature == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (temperature->version != nvmlTemperature_v1) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    if (static_cast<int>(temperature->sensorType) != NVML_TEMPERATURE_GPU) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    temperature->temperature = simulator::read_temperature(driver, index);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device,
                                               nvmlTemperatureThresholds_t which,
                                               unsigned int* temperature) {
  return device_call(__func__, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (temperature == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const simulator::GpuModel& model = *driver.scenario().gpus[index].model;
    switch (static_cast<int>(which)) {
      case NVML_TEMPERATURE_THRESHOLD_SHUTDOWN:
        *temperature = model.shutdown_celsius;
        return NVML_SUCCESS;
      case NVML_TEMPERATURE_THRESHOLD_SLOWDOWN:
        *temperature = model.slowdown_celsius;
        return NVML_SUCCESS;
      case NVML_TEMPERATURE_THRESHOLD_GPU_MAX:
        *temperature = model.slowdown_celsius - 4;
        return NVML_SUCCESS;
      case NVML_TEMPERATURE_THRESHOLD_MEM_MAX:
      case NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_MIN:
      case NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR:
      case NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_MAX:
      case NVML_TEMPERATURE_THRESHOLD_GPS_CURR:
        return NVML_ERROR_NOT_SUPPORTED;
      default:
        return NVML_ERROR_INVALID_ARGUMENT;
    }
  });
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t device, unsigned int* percent) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (percent == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!driver.scenario().gpus[index].model->has_fan) return NVML_ERROR_NOT_SUPPORTED;
    // From 33 % at 40 degrees C to 100 % at 90.
    const int celsius = simulator::read_temperature(driver, index);
    *percent = static_cast<unsigned>(std::clamp(33 + (celsius - 40) * 67 / 50, 33, 100));
    return NVML_SUCCESS;
  });
}
