// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml_abi.h"
#include "simulator/nvml_call.h"
#include "simulator/sensors.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::PowerSensor;

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* energy) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (energy == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!driver.scenario().gpus[index].has_energy_counter) return NVML_ERROR_NOT_SUPPORTED;
    *energy = simulator::read_energy_mj(driver, index);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int* power) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (power == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const bool averages = driver.scenario().gpus[index].model->averages_power;
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
