// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Moment;
using simulator::PowerSensor;
using simulator::SimulatedGpu;

namespace {

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

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t* values) {
  return simulator::device_call(
      __func__, device, simulator::Cost::kRead, [&](const SimulatedGpu& gpu) {
        if (values == nullptr || count < 1) return NVML_ERROR_INVALID_ARGUMENT;
        simulator::Driver& driver = gpu.driver;
        for (int i = 0; i < count; ++i) {
          nvmlFieldValue_t& value = values[i];
          const nvmlReturn_t fault = driver.faults().on_field(gpu.index, value.fieldId,
                                                              driver.now_ns() - driver.begin_ns());
          value.nvmlReturn = fault != NVML_SUCCESS ? fault : answer_field(gpu, value);
          value.timestamp = driver.unix_ns() / 1000;
          // One driver call serves them all.
          value.latencyUsec = driver.scenario().read_latency_ns / 1000 / count;
        }
        return NVML_SUCCESS;
      });
}
