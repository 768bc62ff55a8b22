// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "python/src/bindings.h"
#include "python/src/driver_clock.h"
#include "python/src/gil.h"
#include "python/src/log_bridge.h"
#include "zeus/error.h"
#include "zeus/monitor/timeline_sampler.h"

namespace zeus::python {
namespace {

SampledQuantity quantity_of(const std::string& name) {
  if (name == "device_instant") return SampledQuantity::kInstantPower;
  if (name == "device_average") return SampledQuantity::kAveragePower;
  if (name == "memory_average") return SampledQuantity::kMemoryPower;
  if (name == "temperature") return SampledQuantity::kTemperature;
  throw ZeusValueError("there is no quantity " + name);
}

std::optional<Seconds> seconds(std::optional<double> time) {
  return time ? std::optional(Seconds(*time)) : std::nullopt;
}

class SamplerEngine {
 public:
  SamplerEngine(const std::vector<std::pair<VisibleGpu, std::string>>& sources, double period,
                std::optional<std::size_t> max_points) {
    std::vector<SampledSource> sampled;
    for (const auto& [gpu, quantity] : sources) sampled.push_back({gpu, quantity_of(quantity)});
    const GilRelease release;
    sampler_ = std::make_unique<TimelineSampler>(std::move(sampled), Seconds(period), max_points,
                                                 driver_clock());
  }
  ~SamplerEngine() {
    const GilRelease release;
    sampler_.reset();
  }
  SamplerEngine(const SamplerEngine&) = delete;
  SamplerEngine& operator=(const SamplerEngine&) = delete;

  [[nodiscard]] std::vector<std::pair<double, double>> points(std::size_t source,
                                                              std::optional<double> begin,
                                                              std::optional<double> end) const {
    deliver_log();
    const GilRelease release;
    std::vector<std::pair<double, double>> pairs;
    for (const TimelinePoint& point : sampler_->points(source, seconds(begin), seconds(end))) {
      pairs.emplace_back(point.time.value(), point.value);
    }
    return pairs;
  }

  [[nodiscard]] std::optional<double> value(std::size_t source, std::optional<double> time) const {
    deliver_log();
    const GilRelease release;
    return sampler_->value_near(source, seconds(time));
  }

  [[nodiscard]] std::optional<double> integral(std::size_t source, double begin, double end) const {
    deliver_log();
    const GilRelease release;
    return sampler_->integral(source, Seconds(begin), Seconds(end));
  }

  void stop() {
    {
      const GilRelease release;
      sampler_->stop();
    }
    deliver_log();
  }

 private:
  std::unique_ptr<TimelineSampler> sampler_;
};

bool can_read(const VisibleGpu& gpu, const std::string& quantity) {
  try {
    const SampledQuantity it = quantity_of(quantity);
    const GilRelease release;
    static_cast<void>(read_quantity(*gpu.gpu, it));
    return true;
  } catch (const ZeusGPUNotSupportedError&) {
    return false;
  }
}

}  // namespace

void init_samplers(nb::module_& module) {
  nb::class_<SamplerEngine>(module, "Sampler",
                            "Samples (GPU, quantity) pairs. Quantities: device_instant, "
                            "device_average, memory_average (W), temperature (degrees Celsius).")
      .def(nb::init<const std::vector<std::pair<VisibleGpu, std::string>>&, double,
                    std::optional<std::size_t>>(),
           nb::arg("sources"), nb::arg("period"), nb::arg("max_points").none())
      .def("points", &SamplerEngine::points, nb::arg("source"), nb::arg("begin").none(),
           nb::arg("end").none(), "(Unix time, value) at each change between two times.")
      .def("value", &SamplerEngine::value, nb::arg("source"), nb::arg("time").none(),
           "The value nearest to a time, or the newest; None while there is none.")
      .def("integral", &SamplerEngine::integral, nb::arg("source"), nb::arg("begin"),
           nb::arg("end"), "Over time, in the quantity's unit times s; None without values.")
      .def("stop", &SamplerEngine::stop);
  module.def("can_read", &can_read, nb::arg("gpu"), nb::arg("quantity"),
             "Whether a GPU has a quantity.");
  module.def(
      "unix_time", [] { return driver_clock()->unix_time().value(); },
      "The time that measurements are reported in: the machine's, or the simulated driver's.");
}

}  // namespace zeus::python
