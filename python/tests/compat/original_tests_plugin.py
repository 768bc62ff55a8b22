# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: writes what came of each test into the file that ZEUS_OUTCOMES names, as JSON.

A test that is parametrized a thousand times is run a few times only.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

MOST_OF_ONE_TEST = 8

outcomes = defaultdict(set)
errors = {}


def pytest_collection_modifyitems(items):
    chosen = defaultdict(list)
    for item in items:
        chosen[item.nodeid.partition("[")[0]].append(item)
    items[:] = [
        item
        for all_of_one in chosen.values()
        for item in all_of_one[:: max(1, len(all_of_one) // MOST_OF_ONE_TEST)]
    ]


def pytest_collectreport(report):
    if report.failed:
        errors[report.nodeid] = str(report.longrepr)


def pytest_runtest_logreport(report):
    if report.failed:
        outcomes[report.nodeid.partition("[")[0]].add("failed")
    elif report.when == "call":
        outcomes[report.nodeid.partition("[")[0]].add(report.outcome)


def pytest_sessionfinish():
    found = {"errors": errors, "tests": {name: sorted(all_) for name, all_ in outcomes.items()}}
    Path(os.environ["ZEUS_OUTCOMES"]).write_text(json.dumps(found))
