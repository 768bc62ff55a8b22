# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Exceptions out of the progress line, generators, tasks and windows leave no limit set."""

import asyncio

import pytest
from interrupting import Limits, OutOfTimeError, raising, ring, steps

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer

PRIOR = [225_000]


class InterruptedBar:
    """Stands for tqdm."""

    def __init__(self, method, action):
        self.method = method
        self.action = action
        self.total, self.n, self.desc = 100, 0, ""

    def _at(self, method):
        if method == self.method:
            self.method = None
            self.action()

    def clear(self):
        self._at("clear")

    def refresh(self):
        self._at("refresh")

    def update(self, count):
        self._at("update")

    def close(self):
        self._at("close")


@pytest.mark.parametrize("method", ["clear", "refresh", "update", "close"])
@pytest.mark.parametrize("error", [OutOfTimeError, RuntimeError, KeyboardInterrupt])
def test_what_a_signal_handler_raises_in_the_progress_line_passes(
    tune_with, alarm, monkeypatch, method, error
):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    from zeus.optimizer._progress import ProgressLine

    alarm(Limits(error("time is up")))
    bar = InterruptedBar(method, ring)
    monkeypatch.setattr(ProgressLine, "_make_bar", lambda self, total: bar)
    box, plo = tune_with(progress=True)
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("hook", ["on_train_end", "on_train_interrupted", "close"])
def test_the_progress_line_keeps_no_limits_set(tune_with, monkeypatch, hook):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    from zeus.optimizer._progress import ProgressLine

    bar = InterruptedBar("close", raising(KeyboardInterrupt()))
    monkeypatch.setattr(ProgressLine, "_make_bar", lambda self, total: bar)
    box, plo = tune_with(progress=True, wait_steps=0)
    steps(box, plo, 8)
    assert box.power_limits == [175_000]
    with pytest.raises(KeyboardInterrupt):
        getattr(plo, hook)()
    assert box.power_limits == PRIOR


def test_a_generator_that_is_closed_restores_the_limits(simulated_gpus):
    box = simulated_gpus(prior_limit=225)

    def training():
        with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
            while True:
                steps(box, plo, 1)
                yield

    generator = training()
    for _ in range(3):
        next(generator)
    assert box.power_limits != PRIOR
    generator.close()
    assert box.power_limits == PRIOR


def test_a_cancelled_task_restores_the_limits(simulated_gpus):
    box = simulated_gpus(prior_limit=225)

    async def training():
        with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
            for _ in range(1000):
                steps(box, plo, 1)
                await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(training())
        for _ in range(4):
            await asyncio.sleep(0)
        assert box.power_limits != PRIOR
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert box.power_limits == PRIOR


def test_an_exception_in_a_window_block_is_not_replaced(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    with pytest.raises(OutOfTimeError):  # noqa: SIM117
        with monitor.window("x"):
            monitor.reset_windows()
            raise OutOfTimeError
