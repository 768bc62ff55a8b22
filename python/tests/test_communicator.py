# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Several ranks, with a communicator written in Python: here threads of one process."""

import threading

import pytest

from zeus.communicator import Communicator
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    Stopped,
    Waiting,
)


class Job:
    """What the ranks share."""

    def __init__(self, ranks):
        self.ranks = ranks
        self.barrier = threading.Barrier(ranks)
        self.texts = [""] * ranks
        self.sent = [[] for _ in range(ranks)]


class Pending:
    def __init__(self, job, number):
        self.job = job
        self.number = number

    def poll(self):
        if any(len(sent) <= self.number for sent in self.job.sent):
            return None
        return [sent[self.number] for sent in self.job.sent]


class ThreadCommunicator(Communicator):
    def __init__(self, job, rank):
        self.job = job
        self._rank = rank

    def rank(self):
        return self._rank

    def world_size(self):
        return self.job.ranks

    def gather(self, text, timeout_s):
        self.job.texts[self._rank] = text
        self.job.barrier.wait(timeout_s)
        texts = list(self.job.texts)
        self.job.barrier.wait(timeout_s)
        return texts

    def exchange(self, data):
        assert isinstance(data, bytes)
        sent = self.job.sent[self._rank]
        sent.append(data)
        return Pending(self.job, len(sent) - 1)


def construct(ranks, make):
    """make(rank, communicator) on a thread each: what each returned or raised."""
    job = Job(ranks)
    outcomes = [None] * ranks

    def work(rank):
        try:
            outcomes[rank] = make(rank, ThreadCommunicator(job, rank))
        except Exception as error:
            outcomes[rank] = error

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(ranks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def optimizer(rank, communicator, **parameters):
    return GlobalPowerLimitOptimizer(
        ZeusMonitor(gpu_indices=[rank]),
        Energy(),
        0,
        1,
        2,
        150,
        communicator=communicator,
        **parameters,
    )


def test_ranks_add_their_energies_and_choose_alike(simulated_gpus):
    box = simulated_gpus(2)
    first, second = construct(2, optimizer)
    for _ in range(12):
        for plo in (first, second):
            plo.on_step_begin()
        box.step()
    assert first.state == second.state == Done(optimal_power_limit=100_000)
    assert first.measurements == second.measurements
    assert len(first.measurements) == 2
    assert box.power_limits == [100_000, 100_000]


def test_a_rank_that_is_ahead_waits_at_its_prior_limit(simulated_gpus):
    box = simulated_gpus(2)
    first, second = construct(2, optimizer)
    for _ in range(10):
        first.on_step_begin()
        box.step([0])
    assert first.state == Waiting()
    assert box.power_limits == [250_000, 250_000]
    assert len(first.measurements) == 0
    for _ in range(10):
        second.on_step_begin()
        box.step([1])
    assert second.state == Waiting()  # for the first one's decision
    for _ in range(10):
        for plo in (first, second):
            plo.on_step_begin()
        box.step()
    assert isinstance(first.state, Done)
    assert first.state == second.state


def test_one_rank_without_rights_fails_all_with_the_same_error(simulated_gpus):
    gpus = [{"model": "V100"}, {"model": "V100", "writable": False}]
    box = simulated_gpus(2, scenario={"gpus": gpus})
    first, second = construct(2, optimizer)
    assert isinstance(first, RuntimeError)
    assert str(first) == str(second)
    assert "rank 1" in str(first)
    assert "SYS_ADMIN" in str(first)
    assert box.power_limits == [250_000, 250_000]


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"construction_timeout": 0}, RuntimeError, "rank 1: construction_timeout must be"),
        ({"construction_timeout": None}, TypeError, "None"),
        ({"max_power_limit": [250]}, TypeError, "max_power_limit must be a number"),
        ({"max_power_limit": 1000}, RuntimeError, "rank 1: max_power_limit must be within"),
        ({"local_gpu_index": "one"}, TypeError, "str"),
        ({"profile_path": 5}, TypeError, "int"),
        ({"wait_steps": -1}, ValueError, "wait_steps must be at least 0"),
        ({"wait_steps": 2**31}, ValueError, "wait_steps must be at most"),
        ({"profile_steps": 1.5}, TypeError, "profile_steps must be an integer"),
        ({"pl_step": 0}, ValueError, "pl_step must be positive"),
        ({"optimum_selector": 5}, TypeError, "optimum_selector must be"),
        ({"monitor": object()}, AttributeError, "gpu_indices"),
    ],
)
def test_a_rank_that_fails_on_a_parameter_tells_the_others_and_all_may_try_again(
    simulated_gpus, parameters, kind, message
):
    box = simulated_gpus(2)

    def make(rank, communicator):
        usual = {
            "monitor": ZeusMonitor(gpu_indices=[rank]),
            "optimum_selector": Energy(),
            "pl_step": 150,
            "communicator": communicator,
        }
        try:
            GlobalPowerLimitOptimizer(**usual | (parameters if rank == 1 else {}))
        except Exception as error:
            return error, GlobalPowerLimitOptimizer(**usual)
        raise AssertionError("constructed")

    [(told, first), (error, second)] = construct(2, make)
    assert isinstance(error, kind)
    assert message in str(error)
    assert isinstance(told, RuntimeError)
    assert str(told) == (str(error) if kind is RuntimeError else f"rank 1: {error}")
    assert first.power_limits == second.power_limits == [250_000, 100_000]
    assert box.power_limits == [250_000, 250_000]


def test_a_rank_that_fails_on_a_parameter_raises_its_own_error_where_the_others_are_silent(
    simulated_gpus,
):
    simulated_gpus()
    lonely = ThreadCommunicator(Job(2), 0)
    with pytest.raises(ValueError, match="pl_step"):
        GlobalPowerLimitOptimizer(
            ZeusMonitor(), pl_step=0, communicator=lonely, construction_timeout=0.1
        )


def test_a_rank_that_ends_its_tuning_ends_everybodys(simulated_gpus):
    box = simulated_gpus(2)
    first, second = construct(2, optimizer)
    for _ in range(2):
        first.on_step_begin()
        second.on_step_begin()
        box.step()
    box.set_power_limit(0, 222_000)
    for _ in range(8):
        first.on_step_begin()
        second.on_step_begin()
        box.step()
    assert isinstance(first.state, Stopped)
    assert isinstance(second.state, Stopped)
    assert box.power_limits == [222_000, 250_000]


def test_a_rank_that_stays_silent_is_an_error_after_the_time(simulated_gpus):
    simulated_gpus(2)
    lonely = ThreadCommunicator(Job(2), 0)
    with pytest.raises(threading.BrokenBarrierError):
        optimizer(0, lonely, construction_timeout=0.2)


def test_a_communicator_that_breaks_later_ends_the_tuning(simulated_gpus, caplog):
    class Breaking(ThreadCommunicator):
        def exchange(self, data):
            raise ConnectionError("a rank is gone")

    box = simulated_gpus(2)
    plo, _ = construct(2, lambda rank, usual: optimizer(rank, Breaking(usual.job, rank)))
    for _ in range(10):
        plo.on_step_begin()
        box.step()
    assert isinstance(plo.state, Stopped)
    assert "a rank is gone" in plo.state.reason
    assert box.power_limits == [250_000] * 2


def test_the_local_gpu_is_owned_where_every_rank_monitors_all(simulated_gpus):
    class Local(ThreadCommunicator):
        @property
        def local_gpu_index(self):
            return self._rank

    box = simulated_gpus(2)
    job = Job(2)
    made = construct(
        2,
        lambda rank, _: GlobalPowerLimitOptimizer(
            ZeusMonitor(), Energy(), 0, 1, 2, 150, communicator=Local(job, rank)
        ),
    )
    assert [plo.optimum_selector is not None for plo in made] == [True, True]
    truth = []
    for _ in range(4):
        for plo in made:
            plo.on_step_begin()
        truth.append(sum(box.truth(gpu).energy for gpu in (0, 1)))
        box.step()
    for plo in made:
        plo.on_step_begin()
    [point] = made[0].measurements
    assert point.energy == pytest.approx(truth[3] - truth[1], abs=0.01)
