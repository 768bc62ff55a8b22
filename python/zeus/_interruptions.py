# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Which exceptions leave a hook.

A failure inside a hook ends the tuning, not the training. Some exceptions are no failure: the
program interrupts itself, and would be surprised if it went on. These restore the power limits and
then leave the hook:

- Whatever isn't an `Exception`: KeyboardInterrupt, SystemExit, asyncio.CancelledError.
- What a signal handler of the program raises, of whatever type. Python runs the handler inside the
  Python code that a hook happens to call, so that its frame is in the traceback.
- Out of a monitor's synchronization, a log handler or the progress line: an exception of a class
  that is derived from `Exception` and from no other built-in. Time limits that don't use signals
  raise such classes into the thread (Celery, RQ). Python and the frameworks raise RuntimeError,
  OSError and the like when a device fails, and this package ZeusBaseError. Bindings of GPU drivers
  do derive from `Exception` alone (pynvml.NVMLError); they are known by their modules.
"""

from __future__ import annotations

import builtins
import inspect
import signal
from types import CodeType, FrameType, TracebackType

from zeus.exception import ZeusBaseError

_BUILT_IN = frozenset(
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception
)

# Packages whose exceptions say what a driver or a device answered.
_DRIVER_BINDINGS = frozenset(
    {
        "amdsmi",
        "cuda",
        "dcgm_structs",
        "numba",
        "py3nvml",
        "pycuda",
        "pyhlml",
        "pynvml",
        "pyrsmi",
    }
)


def must_pass(error: BaseException, waits_or_logs: bool = True) -> bool:
    """Whether the exception leaves the hook; else it is a failure.

    Args:
        error: What was raised.
        waits_or_logs: Whether it comes out of a synchronization, a log handler or the progress
            line; not out of a selector or a communicator.
    """
    if not isinstance(error, Exception):
        return True
    if waits_or_logs and _is_of_the_programs_own_class(error):
        return True
    return _was_raised_by_a_signal_handler(error)


def _is_of_the_programs_own_class(error: Exception) -> bool:
    if isinstance(error, ZeusBaseError):
        return False
    classes = type(error).__mro__
    return _BUILT_IN.isdisjoint(classes) and not any(map(_is_of_a_driver_binding, classes))


def _is_of_a_driver_binding(kind: type) -> bool:
    return str(kind.__module__).partition(".")[0] in _DRIVER_BINDINGS


def _was_raised_by_a_signal_handler(error: Exception) -> bool:
    handlers = _codes_of_signal_handlers()
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code in handlers or _is_called_like_a_signal_handler(frame):
            return True
        traceback = traceback.tb_next
    return False


def _codes_of_signal_handlers() -> set[CodeType]:
    codes = set()
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if callable(handler):
            function = inspect.unwrap(getattr(handler, "__func__", handler))
            code = getattr(function, "__code__", None)
            if code is not None:
                codes.add(code)
    return codes


def _is_called_like_a_signal_handler(frame: FrameType) -> bool:
    """Whether it has the frame that it interrupts among its arguments.

    That finds those that aren't plain functions, or were replaced while they ran.
    """
    code = frame.f_code
    interrupted = frame.f_back
    takes_more = bool(code.co_flags & inspect.CO_VARARGS)
    if interrupted is None or not (code.co_argcount >= 2 or takes_more):
        return False
    named = code.co_argcount + code.co_kwonlyargcount
    values = [frame.f_locals.get(name) for name in code.co_varnames[: named + takes_more]]
    if takes_more and isinstance(values[-1], tuple):
        values += values[-1]
    return any(value is interrupted for value in values)
