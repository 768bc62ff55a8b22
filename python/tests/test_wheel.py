# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the wheel's binaries need of the system, and which names they show to other libraries."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import zeus

PACKAGE = Path(zeus.__file__).parent
# What every Python needs itself.
GLIBC = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"}


def binaries():
    files = [*PACKAGE.glob("_zeus*.so"), *(PACKAGE / "_native").rglob("*")]
    return [file for file in files if file.is_file() and file.read_bytes()[:4] == b"\x7fELF"]


def output_of(program, *arguments):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (binutils)")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_nothing_but_the_c_library_is_needed_at_run_time():
    found = binaries()
    assert len(found) >= 5  # the module, the command, the driver, nvidia-smi, the clock
    own = {file.name for file in found}
    for file in found:
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", output_of("readelf", "-d", file)))
        others = {name for name in needed - GLIBC - own if not name.startswith("ld-linux")}
        assert not others, file


def test_the_module_exports_only_how_it_is_loaded():
    (module,) = PACKAGE.glob("_zeus*.so")
    names = output_of("nm", "-DC", "--defined-only", module)
    assert [line.split(maxsplit=2)[2] for line in names.splitlines()] == ["PyInit__zeus"]
