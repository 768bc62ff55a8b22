# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The pytest fixture `simulated_gpus`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from zeus.simulator import SimulatedGPUs


@pytest.fixture
def simulated_gpus() -> Iterator[Callable[..., SimulatedGPUs]]:
    """Makes machines with simulated GPUs, one at a time, the last till the test's end."""
    from zeus.simulator import SimulatedGPUs

    with ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> SimulatedGPUs:
            stack.close()
            return stack.enter_context(SimulatedGPUs(*args, **kwargs))

        yield make
