# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What interrupts a program, for tests."""

import os
import signal


class OutOfTimeError(Exception):
    """A time limit of the program's own."""


class Limits:
    """What a program's signal handler may be."""

    def __init__(self, error):
        self.error = error

    def method(self, number, frame):
        raise self.error

    def any_arguments(self, *_):
        self.deeper()

    def deeper(self):
        raise self.error

    def of_one_shot(self, number, frame):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        raise self.error

    def __call__(self, number, frame):
        raise self.error


def ring():
    os.kill(os.getpid(), signal.SIGALRM)
    sum(range(100))


class At:
    """Calls `action` at the n-th call."""

    def __init__(self, number, action):
        self.number = number
        self.action = action
        self.calls = 0

    def __call__(self, *_):
        self.calls += 1
        if self.calls == self.number:
            self.action()


def raising(error):
    def action():
        raise error

    return action


def steps(box, plo, count=60):
    for _ in range(count):
        plo.on_step_begin()
        box.step()
        plo.on_step_end()
