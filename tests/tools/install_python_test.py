# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]

# A python3 that is externally managed or not, makes environments of itself and notes its arguments.
PYTHON = """\
#!/bin/sh
echo "$(basename "$(dirname "$(dirname "$0")")") $*" >> {calls}
case "$*" in
  *EXTERNALLY-MANAGED*) exit {not_managed};;
  *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python";;
  *"pip wheel"*) mkdir -p build/install/wheels && touch build/install/wheels/zeus_cpp.whl;;
  -V) echo "Python 3.99";;
esac
"""


class InstallPython(unittest.TestCase):
    """tools/install_python.sh in a folder of its own; python3 and setup.sh are stand-ins."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        for script in ("install_python.sh", "steps.sh"):
            shutil.copy(ROOT / "tools" / script, self.root / "tools")
        self.write("tools/setup.sh", f'#!/bin/sh\necho "setup $*" >> {self.root}/calls\n')
        self.system_python(managed=True)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
        return file

    def system_python(self, managed):
        calls = self.root / "calls"
        text = PYTHON.format(calls=calls, not_managed=int(not managed))
        self.write("system/bin/python3", text)
        return text

    def install(self, *arguments, active=None):
        environment = {**os.environ, "PATH": f"{self.root}/system/bin:{os.environ['PATH']}"}
        environment.pop("VIRTUAL_ENV", None)
        if active:
            environment["VIRTUAL_ENV"] = str(active)
        return subprocess.run(
            [self.root / "tools/install_python.sh", *arguments],
            env=environment,
            cwd=self.root,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def calls(self):
        calls = self.root / "calls"
        return calls.read_text() if calls.exists() else ""

    def test_a_managed_python_is_left_alone_and_the_way_out_is_named(self):
        done = self.install()
        self.assertEqual(done.returncode, 1)
        self.assertIn("make install-python VENV=~/zeus-venv", done.stderr)
        self.assertNotIn("setup", self.calls())
        self.assertNotIn("pip", self.calls())

    def test_a_folder_is_made_an_environment_that_gets_the_wheel(self):
        done = self.install("environment")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("setup install", self.calls())
        self.assertRegex(
            self.calls(),
            rf"pip --python {self.root}/environment/bin/python install .*/zeus_cpp.whl\n",
        )

    def test_the_active_environment_gets_the_wheel(self):
        self.write("active/bin/python", self.system_python(managed=True))
        done = self.install(active=self.root / "active")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"pip --python {self.root}/active/bin/python install", self.calls())

    def test_a_python_that_nobody_manages_gets_the_wheel(self):
        self.system_python(managed=False)
        done = self.install()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"pip --python {self.root}/system/bin/python3 install", self.calls())

    def test_an_active_environment_that_is_gone_is_named(self):
        done = self.install(active=self.root / "gone")
        self.assertEqual(done.returncode, 1)
        self.assertIn("gone, where there is no bin/python", done.stderr)

    def test_without_root_the_build_is_tried_all_the_same(self):
        self.write("tools/setup.sh", "#!/bin/sh\nexit 1\n")
        done = self.install("environment")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("going on without these packages", done.stderr)


if __name__ == "__main__":
    unittest.main()
