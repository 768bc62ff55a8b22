# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The hooks of an optimizer, called once or twice a step: without a Python function between."""

from __future__ import annotations

from zeus import _zeus
from zeus.optimizer._progress import ProgressLine

_HOOKS = (
    "on_train_begin",
    "on_epoch_begin",
    "on_step_begin",
    "on_step_end",
    "on_pause",
    "on_epoch_end",
    "on_train_interrupted",
)


def bind_hooks(
    optimizer: object,
    base: type,
    engine: _zeus.GlobalPowerLimitOptimizer,
    progress: ProgressLine | None,
) -> None:
    """Puts the engine's methods right into the optimizer, but for those a subclass overrides.

    Args:
        optimizer: Of class `base` or one derived from it.
        base: The class whose hooks are replaced.
        engine: What does the work.
        progress: Shows it, where it is shown, and has hooks of its own for that.
    """
    for name in _HOOKS:
        if getattr(type(optimizer), name) is getattr(base, name):
            optimizer.__dict__[name] = getattr(progress, name, None) or engine.hook(name)
