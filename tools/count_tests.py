#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Adds up CTest's JUnit files; prints what was slow, failed or was skipped, and one count.

count_tests.py NAME=FILE…; a file that is missing or names no test counts as a failure. Exit code 1
when anything failed.

A test that makes many runs prints "counted: 54 of 2484 fault runs". Where several tests share them
their numbers are added up, and a sum that is short of the whole is a failure.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES = 60
SLOWEST = 10
# What CTest adds to the name of a test with a parameter.
PARAMETER = re.compile(r"\s+# GetParam\(\) = .*")
COUNTED = re.compile(r"^counted: (\d+) of (\d+) ([a-z ]+)", re.MULTILINE)


def skip_reason(case):
    """Why a test that did not run was skipped, None where it should have run.

    That is what it printed when it skipped itself (GTEST_SKIP), or CTest's word. CTest also calls a
    test whose program is missing "notrun": that one is a failure.
    """
    if case.get("status") == "disabled":
        return "disabled"
    skipped = case.find("skipped")
    word = skipped.get("message", "") if skipped is not None else ""
    if not word.startswith("SKIP_"):
        return None
    text = case.findtext("system-out") or ""
    said = re.search(r": Skipped\n+(.*?)\n+\[  SKIPPED \]", text, re.DOTALL)
    return " ".join(said.group(1).split()) if said else "no reason given"


def name_of(case):
    return PARAMETER.sub("", case.get("name"))


def shared_counts(cases):
    """{(what, whole): sum} of the runs that the tests say they made."""
    sums = {}
    for case in cases:
        for number, whole, what in COUNTED.findall(case.findtext("system-out") or ""):
            key = (what.strip(), int(whole))
            sums[key] = sums.get(key, 0) + int(number)
    return sums


def print_slowest(runs):
    """Prints the ten tests that took the longest, over all of {name: file}."""
    times = []
    for name, path in runs:
        try:
            cases = ElementTree.parse(path).getroot().iter("testcase")
        except (OSError, ElementTree.ParseError):
            continue  # told by count()
        times += [(float(case.get("time") or 0), name, name_of(case)) for case in cases]
    times.sort(key=lambda entry: entry[0], reverse=True)
    if times:
        total = sum(time for time, _, _ in times)
        print(f"the slowest of {len(times)} tests, {total:.0f} s in all:")
    for time, name, test in times[:SLOWEST]:
        print(f"{time:7.1f} s  {name}: {test}")


def count(runs):
    """Prints the failures and skips of {name: file} and returns (passed, failed, skipped)."""
    passed, failures, skips = 0, [], {}
    for name, path in runs:
        try:
            cases = ElementTree.parse(path).getroot().findall("testcase")
        except (OSError, ElementTree.ParseError):
            failures.append((name, "did not build or run", ""))
            continue
        if not cases:
            failures.append((name, "no test ran", ""))
        for (what, whole), number in shared_counts(cases).items():
            print(f"{name}: {number} of {whole} {what}")
            if number != whole:
                failures.append((name, f"{number} of {whole} {what}", ""))
        for case in cases:
            test = name_of(case)
            if case.get("status") == "run":
                passed += 1
            elif reason := skip_reason(case):
                skips.setdefault((test, reason), []).append(name)
            else:
                failures.append((name, test, case.findtext("system-out") or ""))
    for name, test, output in failures:
        lines = output.strip().splitlines()
        print(f"--- {name}: {test}")
        if len(lines) > OUTPUT_LINES:
            print(f"[the last {OUTPUT_LINES} of {len(lines)} lines]")
        print(*lines[-OUTPUT_LINES:], sep="\n")
    for (test, reason), names in skips.items():
        print(f"skipped ({', '.join(names)}): {test}: {reason}")
    for name, test, _ in failures:
        print(f"failed ({name}): {test}")
    return passed, len(failures), sum(len(names) for names in skips.values())


def main():
    runs = [run.split("=", 1) for run in sys.argv[1:]]
    print_slowest(runs)
    passed, failed, skipped = count(runs)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
