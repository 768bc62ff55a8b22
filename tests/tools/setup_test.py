# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]


class Setup(unittest.TestCase):
    """tools/setup.sh in a folder of its own; id, sudo, dpkg-query and apt-get are stand-ins."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        (self.root / "bin").mkdir()
        shutil.copy(ROOT / "tools/setup.sh", self.root / "tools")
        (self.root / "tools/packages.txt").write_text(
            "# a comment\ng++ build\nninja build install\ntidy lint\n"
        )
        self.stand_in("sudo", "exit 1")
        self.stand_in("apt-get", f'echo "$@" >> {self.root}/apt')
        self.user(0)
        self.installed("g++", "ninja", "tidy")

    def stand_in(self, name, body):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def user(self, number):
        self.stand_in("id", f"echo {number}")

    def installed(self, *packages):
        self.stand_in("dpkg-query", "\n".join(f"echo 'installed {name},'" for name in packages))

    def run_setup(self, *kinds):
        environment = {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        return subprocess.run(
            [self.root / "tools/setup.sh", *kinds],
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def apt_calls(self):
        calls = self.root / "apt"
        return calls.read_text() if calls.exists() else ""

    def test_nothing_missing_is_silent_and_calls_nothing(self):
        done = self.run_setup("build", "lint")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.apt_calls(), "")

    def test_only_what_is_missing_of_the_kinds_asked_for_is_installed(self):
        self.installed("g++")
        self.assertEqual(self.run_setup("build").returncode, 0)
        self.assertRegex(self.apt_calls(), r"install --no-install-recommends ninja\n")
        self.assertNotIn("tidy", self.apt_calls())

    def test_a_package_may_be_of_several_kinds(self):
        self.installed()
        self.assertEqual(self.run_setup("install").returncode, 0)
        self.assertRegex(self.apt_calls(), r"install --no-install-recommends ninja\n")

    def test_without_root_the_missing_packages_and_the_command_are_named(self):
        self.user(1000)
        self.installed("g++")
        done = self.run_setup("build", "lint")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing and installing them needs root: ninja tidy", done.stderr)
        self.assertIn("sudo apt-get install ninja tidy", done.stderr)
        self.assertEqual(self.apt_calls(), "")

    def test_an_install_that_fails_is_tried_once_more_with_new_lists_and_then_reported(self):
        self.stand_in(
            "apt-get",
            f'echo "$@" >> {self.root}/apt\n'
            'case "$*" in *install*) echo E: no such package; exit 100;; esac',
        )
        self.installed("g++")
        done = self.run_setup("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: no such package", done.stderr)
        self.assertRegex(self.apt_calls(), r"install[^\n]*\n[^\n]*update\n[^\n]*install[^\n]*\n$")


if __name__ == "__main__":
    unittest.main()
