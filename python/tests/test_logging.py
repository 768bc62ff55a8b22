# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What reaches a program's log, under Python's defaults and its own configurations."""

import logging
import logging.config
import subprocess
import sys
import warnings

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer, Stopped

FAILING_WRITES = {"function": "nvmlDeviceSetPowerManagementLimit", "call": 3, "code": 999}

# As in the README: no on_train_end(), no close(), no configuration of logging.
LOOP = """
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer
import zeus.simulator

monitor = ZeusMonitor(gpu_indices=[0])
plo = GlobalPowerLimitOptimizer(monitor, warmup_steps=1, profile_steps=3, pl_step=50)

for epoch in range(2):
    plo.on_epoch_begin()
    for step in range(30):
        plo.on_step_begin()
        zeus.simulator.step()
        plo.on_step_end()
    plo.on_epoch_end()
"""


@pytest.fixture
def lines():
    """The lines that reach the root logger's handler."""

    class Lines(logging.Handler):
        def __init__(self):
            super().__init__()
            self.all = []

        def emit(self, record):
            self.all.append((record.levelno, record.getMessage()))

    handler = Lines()
    handler.name = "lines"
    logging.getLogger().addHandler(handler)
    yield handler.all
    logging.getLogger().removeHandler(handler)
    for logger in logging.getLogger().manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


def disable_existing_loggers():
    root = {"handlers": [], "level": "WARNING"}
    handlers = logging.getLogger().handlers[:]
    logging.config.dictConfig({"version": 1, "root": root})
    logging.getLogger().handlers[:] = handlers


def test_a_loop_that_does_well_prints_nothing(simulated_gpus, run_script):
    simulated_gpus()
    result = run_script(LOOP + "print(type(plo.state).__name__)")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Done\n", "")


def test_the_end_of_the_tuning_reaches_stderr_by_default(simulated_gpus, run_script):
    simulated_gpus(scenario={"faults": [FAILING_WRITES | {"count": 1}]})
    result = run_script(LOOP)
    assert result.returncode == 0
    [line] = result.stderr.splitlines()
    assert line.startswith("Power limit tuning has ended: ")


def test_how_to_restore_a_limit_reaches_stderr_when_the_interpreter_exits(
    simulated_gpus, run_script
):
    # The program's last writes are those that restore the limit.
    simulated_gpus(scenario={"faults": [FAILING_WRITES | {"call": 6}]})
    result = run_script(LOOP + "print(type(plo.state).__name__)")
    assert (result.returncode, result.stdout) == (0, "Done\n")
    [line] = result.stderr.splitlines()
    assert "could not be put back to 250 W" in line
    assert "restore it with: sudo nvidia-smi" in line


def test_a_foreign_limit_reaches_stderr_when_the_interpreter_exits(simulated_gpus, run_script):
    box = simulated_gpus()
    result = run_script(
        LOOP + "monitor.gpus.set_power_management_limit(0, 222_000)  # as another program might"
    )
    assert result.returncode == 0
    assert "222 W by another program; left as it is" in result.stderr
    assert box.power_limits == [222_000]


def test_a_program_may_silence_the_package(simulated_gpus, run_script):
    simulated_gpus(scenario={"faults": [FAILING_WRITES | {"count": 1}]})
    silence = "import logging\nlogging.getLogger('zeus').setLevel(logging.CRITICAL)\n"
    assert run_script(silence + LOOP).stderr == ""


@pytest.mark.parametrize("flags", ["-Werror", "-Xdev -Werror", "-bb", "-OO", "-I"])
def test_a_strict_interpreter_has_nothing_to_complain_of(simulated_gpus, flags, tmp_path):
    simulated_gpus(tick=None, step_seconds=0.001)  # windows far shorter than the counter's period
    script = tmp_path / "loop.py"
    script.write_text(LOOP.replace("range(30)", "range(3000)") + "print(type(plo.state).__name__)")
    command = [sys.executable, *flags.split(), str(script)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (0, "Done\n", "")


def test_debugging_may_be_turned_on_and_off_at_any_time(simulated_gpus, lines):
    box = simulated_gpus()
    monitor = ZeusMonitor()
    logger = logging.getLogger("zeus.monitor.energy")

    def window(name):
        with monitor.window(name):
            box.step()

    window("before")
    logger.setLevel(logging.DEBUG)
    try:
        window("while")
    finally:
        logger.setLevel(logging.NOTSET)
    window("after")
    told = [text for _, text in lines]
    assert [text for text in told if "'before'" in text or "'after'" in text] == []
    assert sum("'while'" in text for text in told) == 2


def test_debugging_may_be_turned_on_for_an_optimizer_that_runs(train, lines):
    training = train(pl_step=150)
    training.steps(1)
    logging.getLogger("zeus").setLevel(logging.DEBUG)
    try:
        training.steps(5)
    finally:
        logging.getLogger("zeus").setLevel(logging.NOTSET)
    assert any("__GlobalPowerLimitOptimizer" in text for _, text in lines)


def test_warnings_survive_a_configuration_that_disables_what_it_does_not_name(train, lines):
    training = train(box={"scenario": {"faults": [FAILING_WRITES | {"count": 1}]}}, pl_step=50)
    disable_existing_loggers()
    training.steps(30)
    assert isinstance(training.plo.state, Stopped)
    [(level, text)] = lines
    assert level == logging.WARNING
    assert "tuning has ended" in text


def test_a_logger_that_the_program_disables_is_silent(train, lines):
    training = train(box={"scenario": {"faults": [FAILING_WRITES | {"count": 1}]}}, pl_step=50)
    logging.getLogger("zeus.optimizer.power_limit").disabled = True
    training.steps(30)
    assert isinstance(training.plo.state, Stopped)
    assert lines == []


def test_disabled_loggers_still_have_levels_and_filters(train, lines):
    training = train(box={"scenario": {"faults": [FAILING_WRITES | {"count": 1}]}}, pl_step=50)
    disable_existing_loggers()
    logger = logging.getLogger("zeus.optimizer.power_limit")
    logger.addFilter(refuse := lambda record: False)
    try:
        training.steps(30)
    finally:
        logger.removeFilter(refuse)
    assert lines == []


def test_zero_energy_is_one_warning_per_monitor_whatever_the_windows_names(simulated_gpus):
    box = simulated_gpus(tick=None, step_seconds=0.001)
    monitor = ZeusMonitor()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(20):
            with monitor.window(f"step {step}"):
                box.step()
    assert ["zero" in str(each.message) for each in caught] == [True]
    assert caught[0].filename == __file__ or "energy.py" in caught[0].filename


def test_an_optimizers_own_short_windows_warn_of_nothing(simulated_gpus):
    box = simulated_gpus(tick=None, step_seconds=0.001)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 1, 2, 50)
        for _ in range(2000):
            plo.on_step_begin()
            box.step()
    assert isinstance(plo.state, Done)


def test_a_log_handler_that_warns_ends_no_tuning_under_w_error(train):
    class Warns(logging.Handler):
        def emit(self, record):
            warnings.warn("deprecated", DeprecationWarning, stacklevel=1)

    handler = Warns()
    logger = logging.getLogger("zeus.optimizer.power_limit")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    failures = set()
    hook, sys.unraisablehook = sys.unraisablehook, lambda it: failures.add(it.exc_type)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            training = train(pl_step=50)
            training.steps(40)
    finally:
        sys.unraisablehook = hook
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert isinstance(training.plo.state, Done)
    assert failures == {DeprecationWarning}
