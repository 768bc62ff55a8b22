#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Holds the direction of the includes: who may include whom, by folder (docs/architecture.md).

check_includes.py [ROOT]: every C++ file below ROOT (this repository). Exit code 1 and one line a
violation. Also: the environment is read in few places, heavy headers stay out of headers, and what
fmt 11 moved to another header is included from there.
"""

import pathlib
import re
import sys

# What a part may include besides itself. Each line is a step of
#   units, error <- device interfaces <- back ends        device <- monitor <- optimizer
#   communicator <- optimizer                              guard <- optimizer
#   device <- guard <- daemon <- machine <- apps, python
# "base" is the headers right in zeus/; back ends are the folders below zeus/device/.
LIBRARY = ["base", "device", "monitor", "communicator", "guard", "optimizer", "daemon"]
MAY_INCLUDE = {
    "base": [],
    "device": ["base"],
    "back end": ["base", "device"],
    "monitor": ["base", "device"],
    "communicator": ["base"],
    "guard": ["base", "device"],
    "optimizer": ["base", "device", "monitor", "communicator", "guard"],
    "daemon": ["base", "device", "guard"],
    "machine": ["base", "device", "back end", "guard", "daemon"],
    "simulator": ["base"],
    "apps": LIBRARY + ["machine"],
    "simulated command": LIBRARY + ["machine", "simulator", "apps"],
    "examples": LIBRARY + ["machine", "simulator"],
    "benchmarks": LIBRARY + ["machine", "simulator", "tests"],
    "python": LIBRARY + ["machine", "simulator"],
    "tests": LIBRARY
    + ["machine", "simulator", "back end", "apps", "simulated command", "examples"],
}
# The same between the rooms of the simulator (simulator/README.md).
ROOMS = {
    "api": ["nvml", "state", "scenario", "model"],
    "nvml": ["state", "scenario", "model"],
    "state": ["scenario", "model"],
    "scenario": ["model"],
    "model": [],
    "preload": ["api"],
}
# NVML's types and names.
FOR_ALL_ROOMS = {"simulator/nvml/nvml_abi.h", "simulator/nvml/nvml_functions.h"}
MAY_READ_ENVIRONMENT = {"machine", "apps", "simulated command", "simulator", "tests"}
# The commands that a build without the simulator leaves out.
SIMULATED_COMMANDS = {"demo", "simulate"}
HEAVY = re.compile(r"(nlohmann|CLI|boost)/(?!json_fwd)|httplib\.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
GETENV = re.compile(r"\b(secure_)?getenv\s*\(")


def part_of(path):
    """The part of the house and, for a back end, which: ("back end", "nvml")."""
    steps = pathlib.PurePosixPath(path).parts
    if steps[:2] == ("apps", "commands") and steps[2] in SIMULATED_COMMANDS:
        return ("simulated command", "")
    if steps[0] != "zeus":
        return (steps[0], "")
    if len(steps) == 2:
        return ("machine" if steps[1].startswith("machine.") else "base", "")
    if steps[1] == "device" and len(steps) > 3:
        return ("back end", steps[2])
    return (steps[1], "")


def room_of(path):
    """The simulator's room that a file is in, None for other files."""
    steps = pathlib.PurePosixPath(path).parts
    return steps[1] if steps[0] == "simulator" and len(steps) > 2 else None


def violation(path, line):
    """What is wrong with a line of the file, or None."""
    part = part_of(path)
    include = INCLUDE.match(line)
    if not include:
        if part[0] not in MAY_READ_ENVIRONMENT and GETENV.search(line.split("//")[0]):
            return "the environment is read only in zeus/machine.cc, apps/ and simulator/"
        return None
    quote, target = include.groups()
    if path.endswith(".h") and HEAVY.match(target):
        return f"<{target}> is a heavy header: include it in a .cc file"
    if target.split("/")[0] not in [*MAY_INCLUDE, "zeus"] or "/" not in target:
        return f'"{target}": write the path from the root' if quote == '"' else None
    room, other_room = room_of(path), room_of(target)
    is_inside = room and other_room and target not in FOR_ALL_ROOMS
    if is_inside and other_room not in [room, *ROOMS.get(room, [])]:
        return f"simulator/{room} may not include simulator/{other_room} ({target})"
    other = part_of(target)
    if other == part or other[0] in MAY_INCLUDE.get(part[0], []):
        return None
    return f"{' '.join(part).strip()} may not include {' '.join(other).strip()} ({target})"


def check(root):
    """All violations below root, as "file:line: what"."""
    found = []
    for top in sorted({"zeus", *MAY_INCLUDE}):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cc", ".c", ".cpp"):
                continue
            path = file.relative_to(root).as_posix()
            text = file.read_text()
            if "fmt::join" in text and "<fmt/ranges.h>" not in text:
                found.append(f"{path}:1: fmt::join needs <fmt/ranges.h> from fmt 11 on")
            for number, line in enumerate(text.splitlines(), 1):
                if what := violation(path, line):
                    found.append(f"{path}:{number}: {what}")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    found = check(root)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
