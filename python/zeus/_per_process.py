# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Objects that hold devices, which belong to one process."""

from __future__ import annotations

from typing import NoReturn


class OnePerProcess:
    """Neither copied nor pickled: a copy would measure and set the same devices once more."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuses.

        Raises:
            TypeError: Always.
        """
        kind = type(self).__name__
        raise TypeError(
            f"{kind} can't be copied or pickled, because it holds the devices of this process: "
            "make one per process"
        )
