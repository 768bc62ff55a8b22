# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The adaptive search, through the simulated driver."""

import pytest

from zeus.optimizer.power_limit import (
    Done,
    Energy,
    MaxSlowdownConstraint,
    OptimumSelector,
)

STEPS = 400  # more than any search takes


def chosen(training):
    assert isinstance(training.plo.state, Done)
    return training.plo.state.optimal_power_limit


def energies_of_a_sweep(train, gpus):
    training = train(gpus, optimum_selector=Energy(), pl_step=5)
    training.steps(STEPS)
    assert isinstance(training.plo.state, Done)
    return {it.power_limit: it.energy for it in training.plo.measurements}


@pytest.mark.parametrize("gpus", [1, 2])
def test_it_chooses_as_well_as_a_sweep_after_fewer_probes(train, gpus):
    energies = energies_of_a_sweep(train, gpus)
    training = train(gpus, optimum_selector=Energy(), search="adaptive")
    training.steps(STEPS)
    assert energies[chosen(training) // 1000] <= 1.03 * min(energies.values())
    assert len(training.plo.measurements) <= 7
    assert "+-" in training.plo.report().choice_reason


def test_it_reads_the_profile_of_a_sweep(train, tmp_path):
    path = tmp_path / "profile.json"
    train(optimum_selector=Energy(), profile_path=path).steps(STEPS)
    training = train(optimum_selector=Energy(), profile_path=path, search="adaptive")
    assert isinstance(training.plo.state, Done)


def test_a_sweep_reads_its_profile(train, tmp_path):
    path = tmp_path / "profile.json"
    train(optimum_selector=Energy(), profile_path=path, search="adaptive").steps(STEPS)
    training = train(optimum_selector=Energy(), profile_path=path)
    assert isinstance(training.plo.state, Done)


def test_a_bound_is_known_to_the_search(train):
    training = train(optimum_selector=MaxSlowdownConstraint(1.1), search="adaptive")
    training.steps(STEPS)
    choice = chosen(training) / 1000
    limits = [it.power_limit for it in training.plo.measurements]
    assert limits.count(250) == 2
    assert limits.count(choice) == 2


def test_a_selector_of_ones_own_picks_from_what_is_expected(train):
    seen = []

    class Thrifty(OptimumSelector):
        def select(self, measurements):
            seen.append(len(measurements))
            return min(measurements, key=lambda it: it.energy * it.time).power_limit

    training = train(optimum_selector=Thrifty(), search="adaptive")
    training.steps(STEPS)
    assert isinstance(training.plo.state, Done)
    assert max(seen) == 31  # all limits from 250 W to 100 W


def test_a_selector_derived_from_one_of_the_package_is_asked(train):
    class Cautious(Energy):
        def select(self, measurements):
            return max(super().select(measurements), 200)

    training = train(optimum_selector=Cautious(), search="adaptive")
    training.steps(STEPS)
    assert chosen(training) >= 200_000


def test_another_word_is_refused(train):
    with pytest.raises(ValueError, match=r"search must be 'sweep' or 'adaptive', got 'golden'"):
        train(search="golden")
