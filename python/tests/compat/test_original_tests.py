# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The tests of the package zeus 0.16 itself, on this package.

They come from its source distribution, which is downloaded into build/ and is no part of this
project. original_tests.py lists those that don't pass.
"""

import importlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from original_tests import FAILING, OTHER_MODULES

VERSION = "0.16.0"
HERE = Path(__file__).parent
OURS = HERE.parent

# The distribution lacks the recorded windows that its tests replay.
RECORDED = """start_time,window_name,elapsed_time,gpu0_energy
1,__GlobalPowerLimitOptimizer_250,4.0,900.0
2,__GlobalPowerLimitOptimizer_200,4.2,800.0
3,__GlobalPowerLimitOptimizer_150,5.0,700.0
"""


@pytest.fixture(scope="session")
def distribution(pytestconfig):
    folder = pytestconfig.rootpath / "build" / "originals"
    file = folder / f"zeus-{VERSION}.tar.gz"
    if not file.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(folder), f"zeus=={VERSION}"]
        subprocess.run(command, check=True, timeout=300)
    return file


@pytest.fixture
def outcomes(distribution, simulated_gpus, tmp_path):
    """What became of them: {"errors": {file: text}, "tests": {test: outcomes}}."""
    simulated_gpus(4)
    prefix = f"zeus-{VERSION}/"
    with tarfile.open(distribution) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(prefix + "tests/"):
                path = tmp_path / member.name.removeprefix(prefix)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())
    (tmp_path / "tests" / "profile_data").mkdir()
    (tmp_path / "tests" / "profile_data" / "one.csv").write_text(RECORDED)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    found = tmp_path / "outcomes.json"
    result = subprocess.run(
        [*(sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "original_tests_plugin")]
        + ["--import-mode=importlib", "--continue-on-collection-errors", "tests"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(HERE), "ZEUS_OUTCOMES": str(found)},
    )
    assert found.exists(), result.stdout + result.stderr
    return json.loads(found.read_text())


def test_the_list_of_those_that_fail_is_exact(outcomes):
    tests = outcomes["tests"]
    failing = {name for name in tests if tests[name] != ["passed"]}
    of_other_modules = {name for name in tests if name.partition("::")[0] in OTHER_MODULES}
    assert failing == set(FAILING) | of_other_modules
    without_any = {
        place for place in OTHER_MODULES if not any(name.startswith(place) for name in tests)
    }
    assert set(outcomes["errors"]) == without_any
    assert sorted({name.partition("::")[0] for name in set(tests) - failing}) == [
        "tests/device/cpu/test_socket_detection.py",
        "tests/optimizer/test_power_limit_optimizer.py",
        "tests/utils/test_env.py",
    ]


@pytest.mark.parametrize("module", OTHER_MODULES.values())
def test_a_module_that_is_tested_there_says_that_it_is_not_here(module):
    with pytest.raises(ImportError, match=f"zeus-cpp has no {module}"):
        importlib.import_module(module)


@pytest.mark.parametrize("name", FAILING)
def test_each_that_fails_has_one_of_ours_in_its_place(name):
    file, _, test = FAILING[name][1].partition("::")
    assert f"\ndef {test}(" in (OURS / file).read_text()
