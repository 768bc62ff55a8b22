# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What GPUs raise: one class for each of the driver's error codes, and a few of our own."""

from zeus.device.exception import ZeusBaseGPUError


class ZeusGPUInitError(ZeusBaseGPUError):
    """There is no usable driver, or it did not start."""


class ZeusGPUInvalidArgError(ZeusBaseGPUError):
    """The driver takes an argument for invalid, for example a limit out of range."""


class ZeusGPUNotSupportedError(ZeusBaseGPUError):
    """The GPU or its driver does not have this."""


class ZeusGPUNoPermissionError(ZeusBaseGPUError):
    """This process may not do this: it needs root or CAP_SYS_ADMIN."""


class ZeusGPUAlreadyInitializedError(ZeusBaseGPUError):
    """The driver is started already."""


class ZeusGPUNotFoundError(ZeusBaseGPUError):
    """There is no such GPU."""


class ZeusGPUInsufficientSizeError(ZeusBaseGPUError):
    """A buffer is too small for the driver's answer."""


class ZeusGPUInsufficientPowerError(ZeusBaseGPUError):
    """The GPU's power cables are not attached properly."""


class ZeusGPUDriverNotLoadedError(ZeusBaseGPUError):
    """The driver is not loaded."""


class ZeusGPUTimeoutError(ZeusBaseGPUError):
    """The driver did not answer in time."""


class ZeusGPUIRQError(ZeusBaseGPUError):
    """The kernel found an interrupt issue with the GPU."""


class ZeusGPULibraryNotFoundError(ZeusBaseGPUError):
    """A library that the driver needs is not there."""


class ZeusGPUFunctionNotFoundError(ZeusBaseGPUError):
    """The driver's version does not have this function."""


class ZeusGPUCorruptedInfoROMError(ZeusBaseGPUError):
    """The GPU's info ROM is corrupted."""


class ZeusGPULostError(ZeusBaseGPUError):
    """The GPU has fallen off the bus."""


class ZeusGPUResetRequiredError(ZeusBaseGPUError):
    """The GPU must be reset first."""


class ZeusGPUOperatingSystemError(ZeusBaseGPUError):
    """The operating system blocks the GPU."""


class ZeusGPULibRMVersionMismatchError(ZeusBaseGPUError):
    """The driver and its library are of different versions."""


class ZeusGPUMemoryError(ZeusBaseGPUError):
    """There is not enough memory for the driver."""


class ZeusGPUUnknownError(ZeusBaseGPUError):
    """The driver reports a failure without a name."""


class ZeusGPUHeterogeneousError(ZeusBaseGPUError):
    """GPUs that must be alike are not."""


class ZeusGPUCounterError(ZeusBaseGPUError):
    """An energy counter went backwards while a measurement window was open."""
