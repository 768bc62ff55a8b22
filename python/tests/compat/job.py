# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One training job under the package `zeus` that is installed, whichever it is.

job.py SETTINGS: JSON; prints what happened, as JSON. Runs on the simulated driver that the
environment names.
"""

import ast
import ctypes
import inspect
import json
import logging
import sys
import warnings
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "stand_in"))
import torch  # noqa: E402, F401 (the stand-in)

driver = ctypes.CDLL("libnvidia-ml.so.1")
driver.zeus_sim_clock_unix_ns.restype = ctypes.c_longlong
settings = json.loads(sys.argv[1])
warnings.simplefilter("ignore")

import zeus.monitor.energy  # noqa: E402
from zeus.device import get_gpus  # noqa: E402
from zeus.monitor import ZeusMonitor  # noqa: E402
from zeus.optimizer import power_limit  # noqa: E402
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer  # noqa: E402

if hasattr(zeus.monitor.energy, "time"):  # the replaced package reads the clock by this name
    zeus.monitor.energy.time = lambda: driver.zeus_sim_clock_unix_ns() / 1e9


def step():
    gpus = (ctypes.c_uint * settings["gpus"])(*range(settings["gpus"]))
    assert driver.zeus_sim_step(gpus, settings["gpus"]) == 0


def describe(state):
    names = ("next_power_limit", "current_power_limit", "optimal_power_limit", "steps")
    return [type(state).__name__] + [getattr(state, name) for name in names if hasattr(state, name)]


def train():
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.name, record.getMessage()))
    logging.getLogger("zeus").addHandler(handler)
    logging.getLogger("zeus").setLevel(logging.INFO)
    monitor = ZeusMonitor(cpu_indices=[], log_file=settings["csv"])
    name, arguments = settings["selector"]
    selector = getattr(power_limit, name)(*arguments) if name else None
    plo = GlobalPowerLimitOptimizer(monitor, selector, **settings["parameters"])
    gpus = get_gpus()
    first = describe(plo.state)
    begun_at_line = len(lines)
    states, limits = [], []
    for _ in range(settings["epochs"]):
        plo.on_epoch_begin()
        for _ in range(settings["steps"]):
            plo.on_step_begin()
            states.append(describe(plo.state))
            limits.append([gpus.get_power_management_limit(i) for i in range(settings["gpus"])])
            step()
            plo.on_step_end()
        plo.on_epoch_end()
    return {
        "attributes": {
            "power_limits": plo.power_limits,
            "pl_step": plo.pl_step,
            "warmup_steps": plo.warmup_steps,
            "profile_steps": plo.profile_steps,
            "profile_path": str(plo.profile_path),
            "current_power_limit": plo.current_power_limit,
            "selector": [type(plo.optimum_selector).__name__, vars(plo.optimum_selector)],
        },
        "first": first,
        "states": states,
        "limits": limits,
        "measurements": [[m.power_limit, m.energy, m.time] for m in plo.measurements],
        "log": [line for name, line in lines[begun_at_line:] if name.endswith("power_limit")],
    }


def measure():
    monitor = ZeusMonitor(cpu_indices=[], log_file=settings["csv"])
    monitor.begin_window("outer")
    step()
    monitor.begin_window("inner")
    step()
    inner = monitor.end_window("inner")
    dropped = None
    monitor.begin_window("dropped")
    step()
    dropped = monitor.end_window("dropped", cancel=True)
    monitor.begin_window("again")
    step()
    monitor.begin_window("again", restart=True)
    step()
    again = monitor.end_window("again")
    outer = monitor.end_window("outer")
    return [
        [m.time, sorted(m.gpu_energy.items()), m.cpu_energy, m.dram_energy, m.soc_energy]
        + [m.total_energy]
        for m in (inner, dropped, again, outer)
    ]


BAD_CALLS = {
    "a window twice": lambda: (m := ZeusMonitor()) and (m.begin_window("x"), m.begin_window("x")),
    "no such window": lambda: ZeusMonitor().end_window("x"),
    "no such gpu": lambda: ZeusMonitor(gpu_indices=[99]),
    "a gpu that is no number": lambda: ZeusMonitor(gpu_indices=["0"]),
    "a log file that is a folder": lambda: ZeusMonitor(log_file="/"),
    "wait_steps": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), wait_steps=-1),
    "warmup_steps": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), warmup_steps=-1),
    "profile_steps": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), profile_steps=0),
    "pl_step": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), pl_step=0),
    "wait_steps as text": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), wait_steps="1"),
    "profile_steps as None": lambda: GlobalPowerLimitOptimizer(ZeusMonitor(), profile_steps=None),
    "no monitor": lambda: GlobalPowerLimitOptimizer(None),
    "a damaged profile": lambda: GlobalPowerLimitOptimizer(
        ZeusMonitor(), profile_path=settings["damaged"]
    ),
    "eta_knob": lambda: power_limit.ZeusCost(2),
    "eta_knob as text": lambda: power_limit.ZeusCost("0.5"),
    "world_size": lambda: power_limit.ZeusCost(0.5, 0),
    "factor": lambda: power_limit.MaxSlowdownConstraint(0.9),
    "no measurements": lambda: power_limit.Energy().select([]),
    "a selector without select": lambda: power_limit.OptimumSelector(),
    "a measurement by position": lambda: power_limit.PowerLimitMeasurement(100, 1.0, 1.0),
    "a measurement of nothing": lambda: power_limit.PowerLimitMeasurement(
        power_limit=0, energy=1.0, time=1.0
    ),
    "steps of a state": lambda: power_limit.Ready(next_power_limit=1, steps=0),
    "a limit out of range": lambda: get_gpus().set_power_management_limit(0, 1),
    "memory power": lambda: get_gpus().get_average_memory_power_usage(0),
    "a gpu out of range": lambda: get_gpus().get_name(99),
    "an empty list of gpus": lambda: zeus.monitor.PowerMonitor(gpu_indices=[]),
    "an unknown environment variable": lambda: import_module("zeus.utils.env").get_env("?", int),
    "an unknown framework": lambda: import_module("zeus.utils.framework").sync_execution(
        [0], sync_with="nothing"
    ),
}


def outcome(call):
    try:
        call()
    except Exception as error:
        return [base.__name__ for base in type(error).__mro__]
    return []


def signature(path):
    module, _, name = path.partition(":")
    thing = import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    return [
        [parameter.name, parameter.kind.name, repr(parameter.default)]
        for parameter in inspect.signature(thing).parameters.values()
    ]


def names():
    """The modules of the package with the classes and functions that each defines."""
    found = {}
    folder = Path(zeus.__path__[0])
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        if parts[-1] != "__main__":
            body = ast.parse(file.read_text()).body
            module = ".".join(parts).removesuffix(".__init__")
            found[module] = [
                each.name
                for each in body
                if isinstance(each, (ast.ClassDef, ast.FunctionDef)) and each.name[0] != "_"
            ]
    return found


def missing():
    """What the other package has and this one hasn't: a reason, or names."""
    found = {}
    for name, wanted in settings["names"].items():
        try:
            module = import_module(name)
        except ImportError as error:
            found[name] = str(error)
        else:
            found[name] = [each for each in wanted if not hasattr(module, each)]
    return {name: what for name, what in found.items() if what}


def models():
    """What measurements and states are as dictionaries, JSON and copies."""
    point = power_limit.PowerLimitMeasurement(power_limit=100, energy=1.5, time=2.0)
    state = power_limit.Ready(next_power_limit=250000, steps=2)
    kind = type(point)
    return [
        *(point.dict(), dict(point), list(point), repr(point)),
        *(point.json(), point.json(indent=2), point.json(exclude={"time"}, sort_keys=True)),
        *(
            point.dict(include={"energy"}),
            point.dict(exclude={"energy"}),
            point.dict(by_alias=True),
        ),
        *(point.dict(exclude_none=True), point.copy() == point, point.copy(deep=True) is point),
        point.copy(update={"energy": 3.0}).dict(),
        kind.parse_obj(point.dict() | {"unknown": 1}).dict(),
        kind.parse_raw(point.json()).dict(),
        *(state.dict(), state.json(), repr(state), state.copy(update={"steps": 1}).dict()),
    ]


WORK = {
    "models": models,
    "names": names,
    "missing": missing,
    "train": train,
    "measure": measure,
    "errors": lambda: {name: outcome(call) for name, call in BAD_CALLS.items()},
    "signatures": lambda: {path: signature(path) for path in settings["paths"]},
}

print(json.dumps(WORK[settings["work"]]()))
