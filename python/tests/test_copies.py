# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Copies and pickles, and a package that is imported twice."""

import copy
import pickle

import pytest

from zeus.device import get_gpus
from zeus.monitor import Measurement, PowerMonitor, TemperatureMonitor, ZeusMonitor
from zeus.optimizer.power_limit import (
    Energy,
    GlobalPowerLimitOptimizer,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    PowerLimitMeasurement,
    Time,
    Warmup,
    ZeusCost,
)

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "oldest pickle": lambda thing: pickle.loads(pickle.dumps(thing, protocol=0)),
}

HOLDERS = {
    "ZeusMonitor": ZeusMonitor,
    "GlobalPowerLimitOptimizer": lambda: GlobalPowerLimitOptimizer(ZeusMonitor()),
    "PowerMonitor": PowerMonitor,
    "TemperatureMonitor": TemperatureMonitor,
    "NVIDIAGPUs": get_gpus,
    "NVIDIAGPU": lambda: get_gpus().gpus[0],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", HOLDERS)
def test_what_holds_devices_says_that_there_is_one_per_process(simulated_gpus, kind, way):
    simulated_gpus()
    thing = HOLDERS[kind]()
    with pytest.raises(TypeError, match=f"{kind} can't be copied .* make one per process"):
        WAYS[way](thing)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "thing",
    [
        Energy(),
        Time(),
        ZeusCost(0.3, 4),
        MaxSlowdownConstraint(1.1),
        LeastEnergyWithinSlowdown(1.2),
        Measurement(1.0, {0: 2.0}),
        PowerLimitMeasurement(power_limit=100, energy=1.0, time=2.0),
        Warmup(current_power_limit=100, steps=2),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_plain_is_copied(thing, way):
    other = WAYS[way](thing)
    assert type(other) is type(thing)
    assert vars(other) == vars(thing)


def test_a_report_is_copied(train):
    training = train(pl_step=50)
    training.steps(30)
    for way in WAYS.values():
        assert way(training.plo.report()) == training.plo.report()
        assert way(training.plo.progress()) == training.plo.progress()


def test_a_package_that_is_imported_again_works(simulated_gpus, run_script):
    box = simulated_gpus()
    result = run_script("""
        import gc, importlib, sys

        def train():
            from zeus.monitor import ZeusMonitor
            from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer
            import zeus.simulator
            plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 1, 1, 50)
            for _ in range(20):
                plo.on_step_begin()
                zeus.simulator.step()
            print(type(plo.state).__name__)
            return plo

        first = train()
        for again in range(3):
            for name in [name for name in sys.modules if name.partition(".")[0] == "zeus"]:
                del sys.modules[name]
            second = train()
            assert type(second) is not type(first)
        importlib.reload(sys.modules["zeus.monitor.energy"])
        importlib.reload(sys.modules["zeus.optimizer.power_limit"])
        train()
        first.on_step_begin()
        try:
            second.monitor.end_window("none")
        except ValueError as error:
            print(error)
    """)
    assert result.stdout.splitlines() == ["Done"] * 5 + ["No measurement window 'none' is open"]
    assert (result.returncode, result.stderr) == (0, "")
    assert box.power_limits == [250_000]


def test_import_star_brings_neither_torch_nor_transformers(run_script):
    result = run_script("""
        import sys
        from zeus.optimizer.power_limit import *
        from zeus.monitor import *
        print(HFGlobalPowerLimitOptimizer.__name__, isinstance(3, HFGlobalPowerLimitOptimizer))
        print(sorted({"torch", "transformers", "numpy"} & set(sys.modules)))
    """)
    assert result.stdout.splitlines() == ["HFGlobalPowerLimitOptimizer False", "[]"]
    assert result.stderr == ""


@pytest.mark.parametrize("first", ["", "import transformers"])
def test_the_hugging_face_callback_is_a_trainer_callback_whenever_it_was_imported(
    simulated_gpus, run_script, tmp_path, first
):
    simulated_gpus()
    (tmp_path / "transformers").mkdir()
    (tmp_path / "transformers" / "__init__.py").write_text("")
    (tmp_path / "transformers" / "trainer_callback.py").write_text("class TrainerCallback: pass")
    result = run_script(f"""
        {first}
        import inspect
        from zeus.optimizer.power_limit import *
        from zeus.monitor import ZeusMonitor

        class Own(HFGlobalPowerLimitOptimizer):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                self.own = True

        from transformers.trainer_callback import TrainerCallback
        callback = HFGlobalPowerLimitOptimizer(ZeusMonitor(), pl_step=50)
        own = Own(ZeusMonitor(), pl_step=50)
        print(isinstance(callback, TrainerCallback), isinstance(own, TrainerCallback), own.own)
        print(isinstance(own, HFGlobalPowerLimitOptimizer), isinstance(callback, Own))
        print(issubclass(Own, HFGlobalPowerLimitOptimizer), callback.optimizer.pl_step)
        signature = inspect.signature(HFGlobalPowerLimitOptimizer.__init__)
        print(signature == inspect.signature(GlobalPowerLimitOptimizer.__init__))
    """)
    assert result.stdout.splitlines() == [
        "True True True",
        "True False",
        "True 50000",
        "True",
    ], result.stderr


def test_without_transformers_the_hugging_face_callback_says_what_it_needs(
    simulated_gpus, run_script
):
    simulated_gpus()
    result = run_script("""
        import sys
        sys.modules["transformers"] = None
        from zeus.monitor import ZeusMonitor
        from zeus.optimizer.power_limit import *
        try:
            HFGlobalPowerLimitOptimizer(ZeusMonitor())
        except ImportError as error:
            print(error)
    """)
    assert "pip install transformers" in result.stdout, result.stderr
