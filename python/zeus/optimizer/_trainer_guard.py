# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Notices an exception that ends a Trainer's training: the Trainer calls no callback then."""

from __future__ import annotations

import copyreg
import functools
import logging
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from zeus._interruptions import must_pass
from zeus._log import tell, warn

if TYPE_CHECKING:
    from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

logger = logging.getLogger("zeus.optimizer.power_limit")

# Between a callback and its Trainer. Looking into a frame keeps its variables alive, so that the
# user's own frames are not for us.
_MOST_FRAMES = 10

# training_step is for a callback that is added to a finished Trainer, which makes no call before
# train() runs.
_METHODS = ("train", "training_step")


def guard_trainer_of(callback: HFGlobalPowerLimitOptimizer) -> None:
    """From now on the callback's optimizer hears of exceptions that end its Trainer's training.

    To be called from within a method that the Trainer calls. Raises only what interrupts it.
    """
    try:
        trainer = _trainer_that_calls(callback)
        if trainer is not None and not _is_guarded(type(trainer)):
            trainer.__class__ = _guarded_class(type(trainer))
    except Exception as error:  # noqa: BLE001 (a Trainer of an unusual kind must still train)
        if must_pass(error, waits_or_logs=False):
            raise
        tell(
            logger,
            logging.INFO,
            "An exception that ends the training will not be noticed: %s",
            error,
        )


def _trainer_that_calls(callback: HFGlobalPowerLimitOptimizer) -> Any:
    from transformers import Trainer

    frame: FrameType | None = sys._getframe(1)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        caller = frame.f_locals.get("self")
        if isinstance(caller, Trainer):
            handler = getattr(caller, "callback_handler", None)
            if any(known is callback for known in getattr(handler, "callbacks", ())):
                return caller
        frame = frame.f_back
    return None


def _is_guarded(kind: type) -> bool:
    return "_zeus_guards" in vars(kind)


def _guarded_class(plain: type) -> type:
    """The subclass of a Trainer's class whose training reports exceptions.

    An instance whose class is exchanged is freed as before. With a method of its own among its
    attributes it would be part of a cycle of references, and the model would stay in the GPU's
    memory until the garbage collector runs.
    """
    known: list[type] = plain.__subclasses__()
    for guarded in filter(_is_guarded, known):
        return guarded
    members = {name: getattr(plain, name) for name in ("__module__", "__qualname__", "__doc__")}
    members |= {name: _guarded_method(getattr(plain, name)) for name in _METHODS}
    members |= {"_zeus_guards": plain, "__reduce_ex__": _reduce_to_plain}
    return type(plain)(plain.__name__, (plain,), members)


def _reduce_to_plain(self: Any, protocol: Any) -> Any:
    """Copies and pickles are of the class that can be found by its name."""
    guarded, plain = type(self), type(self)._zeus_guards
    make, arguments, *more = plain.__reduce_ex__(self, protocol)
    if make is copyreg.__newobj__:  # type: ignore[attr-defined]
        make = plain.__new__  # pickle takes the other for the object's own class only
    return (make, tuple(plain if it is guarded else it for it in arguments), *more)


def _guarded_method(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except BaseException:
            _report_interruption(self)
            raise

    return guarded


def _report_interruption(trainer: Any) -> None:
    from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

    try:
        for callback in trainer.callback_handler.callbacks:
            if isinstance(callback, HFGlobalPowerLimitOptimizer):
                callback.optimizer.on_train_interrupted()
    except Exception as error:  # noqa: BLE001 (the user's exception goes on)
        warn(logger, "The power limits may not be restored until the process ends: %s", error)
