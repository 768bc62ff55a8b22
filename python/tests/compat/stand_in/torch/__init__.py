# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in for PyTorch, which the replaced package needs: one process, its GPUs always idle."""

__version__ = "0"


class cuda:  # noqa: N801
    @staticmethod
    def is_available():
        return True

    @staticmethod
    def is_initialized():
        return True

    @staticmethod
    def synchronize(device=None):
        pass


class distributed:  # noqa: N801
    @staticmethod
    def is_available():
        return False


class Tensor:
    pass
