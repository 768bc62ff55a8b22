// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/selectors.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <tuple>
#include <vector>

#include "python/src/bindings.h"

namespace zeus::python {
namespace {

// (power limit in W, energy in J, time in s)
using Point = std::tuple<double, double, double>;

double select(const OptimumSelector& selector, const std::vector<Point>& points) {
  std::vector<PowerLimitMeasurement> measurements;
  measurements.reserve(points.size());
  for (const auto& [limit, energy, time] : points) {
    measurements.push_back(
        {.power_limit = Watts(limit), .energy = Joules(energy), .time = Seconds(time)});
  }
  return selector.select(measurements).value();
}

}  // namespace

void init_selectors(nb::module_& module) {
  nb::class_<OptimumSelector>(module, "OptimumSelector", "A selector of the C++ library.")
      .def("select", &select, nb::arg("points"),
           "The best power limit in W, of points (limit in W, energy in J, time in s).");
  nb::class_<Energy, OptimumSelector>(module, "Energy").def(nb::init<>());
  nb::class_<Time, OptimumSelector>(module, "Time").def(nb::init<>());
  nb::class_<ZeusCost, OptimumSelector>(module, "ZeusCost")
      .def(nb::init<double, int>(), nb::arg("eta_knob"), nb::arg("world_size"));
  nb::class_<MaxSlowdownConstraint, OptimumSelector>(module, "MaxSlowdownConstraint")
      .def(nb::init<double>(), nb::arg("factor"));
  nb::class_<LeastEnergyWithinSlowdown, OptimumSelector>(module, "LeastEnergyWithinSlowdown")
      .def(nb::init<double>(), nb::arg("factor"));
  module.def(
      "zeus_cost",
      [](double energy, double time, double eta_knob, double max_power) {
        return zeus_cost(Joules(energy), Seconds(time), eta_knob, Watts(max_power)).value();
      },
      nb::arg("energy"), nb::arg("time"), nb::arg("eta_knob"), nb::arg("max_power"),
      "eta_knob * energy + (1 - eta_knob) * max_power * time, in joules.");
}

}  // namespace zeus::python
