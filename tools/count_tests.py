#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Adds up CTest's JUnit files and prints what failed, what was skipped and one count.

count_tests.py NAME=FILE…; a file that is missing or names no test counts as a failure. Exit code 1
when anything failed.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES = 60


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
        for case in cases:
            test = case.get("name")
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
    passed, failed, skipped = count([run.split("=", 1) for run in sys.argv[1:]])
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
