# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the selectors pick, and what states and measurements are made of."""

import pytest

from zeus.optimizer.power_limit import (
    Done,
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
    PowerLimitMeasurement,
    Profiling,
    Ready,
    Time,
    Warmup,
    ZeusCost,
)
from zeus.utils.metric import zeus_cost

POINTS = [
    PowerLimitMeasurement(power_limit=250, energy=1000.0, time=5.0),
    PowerLimitMeasurement(power_limit=200, energy=850.0, time=5.2),
    PowerLimitMeasurement(power_limit=150, energy=800.0, time=6.0),
    PowerLimitMeasurement(power_limit=100, energy=900.0, time=9.5),
]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (Energy(), 150),
        (Time(), 250),
        (ZeusCost(0.0), 250),
        (ZeusCost(1.0), 150),
        (ZeusCost(0.5), 200),
        (ZeusCost(0.5, world_size=4), 250),
        (MaxSlowdownConstraint(1.0), 250),
        (MaxSlowdownConstraint(1.2), 150),
        (MaxSlowdownConstraint(2), 100),
        (LeastEnergyWithinSlowdown(1.1), 200),
        (LeastEnergyWithinSlowdown(2), 150),
    ],
)
def test_a_selector_picks(selector, expected):
    choice = selector.select(POINTS)
    assert (choice, type(choice)) == (expected, int)


def test_the_first_of_equal_points_wins():
    equal = [PowerLimitMeasurement(power_limit=w, energy=1, time=1) for w in (200, 150)]
    assert Energy().select(equal) == Time().select(equal) == 200


def test_nothing_to_select_from_is_a_value_error():
    with pytest.raises(ValueError, match="no measurements"):
        Energy().select([])


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: ZeusCost(1.01), "eta_knob"),
        (lambda: ZeusCost(-0.1), "eta_knob"),
        (lambda: ZeusCost(0.5, 0), "world_size"),
        (lambda: MaxSlowdownConstraint(0.99), "factor"),
        (lambda: LeastEnergyWithinSlowdown(0), "factor"),
    ],
)
def test_a_parameter_out_of_range_is_a_value_error_that_names_it(make, name):
    with pytest.raises(ValueError, match=name):
        make()


@pytest.mark.parametrize("make", [lambda: ZeusCost("0.5"), lambda: MaxSlowdownConstraint(None)])
def test_a_parameter_of_a_wrong_type_is_a_type_error(make):
    with pytest.raises(TypeError):
        make()


def test_parameters_can_be_read_and_changed():
    selector = ZeusCost(eta_knob=0.5, world_size=2)
    assert (selector.eta_knob, selector.world_size) == (0.5, 2)
    selector.eta_knob = 1.0
    assert selector.select(POINTS) == 150
    assert MaxSlowdownConstraint(factor=1.5).factor == 1.5


def test_a_selector_must_select():
    with pytest.raises(TypeError):
        OptimumSelector()


def test_measurements_and_states_take_keywords_only():
    for make in (PowerLimitMeasurement, Ready, Warmup, Profiling):
        with pytest.raises(TypeError):
            make(1, 2, 3)
    with pytest.raises(TypeError):
        Done(100_000)
    assert Done(optimal_power_limit=100_000).optimal_power_limit == 100_000
    assert Warmup(current_power_limit=1, steps=2) == Warmup(current_power_limit=1, steps=2)


@pytest.mark.parametrize("field", ["power_limit", "energy", "time"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_measurement_is_positive(field, value):
    fields = {"power_limit": 100, "energy": 1.0, "time": 1.0} | {field: value}
    with pytest.raises(ValueError, match=field):
        PowerLimitMeasurement(**fields)


def test_zeus_cost_is_linear_in_energy_and_time():
    assert zeus_cost(energy=100, time=2, eta_knob=0.25, max_power=200) == 0.25 * 100 + 0.75 * 400
