# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
import count_tests

# As ctest --output-junit writes them.
PASSED = '<testcase name="a" status="run"><system-out>fine</system-out></testcase>'
FAILED = """<testcase name="b" status="fail"><failure message=""/>
<system-out>b_test.cc:3: Failure</system-out></testcase>"""
SKIPPED = """<testcase name="c" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
<system-out>[ RUN      ] c
c_test.cc:4: Skipped
no tables
here
[  SKIPPED ] c (0 ms)</system-out></testcase>"""
DISABLED = '<testcase name="d" status="disabled"><system-out>Disabled</system-out></testcase>'
NOT_BUILT = """<testcase name="e_NOT_BUILT" status="notrun">
<skipped message="Unable to find executable"/></testcase>"""


def counted(number):
    return f"""<testcase name="f" status="run"><system-out>[ RUN      ] f
counted: {number} of 42 fault runs; the tuning ended in: Ready 3;
[       OK ] f</system-out></testcase>"""


class CountTests(unittest.TestCase):
    def count(self, *files):
        """The counts and what was printed, for runs with these test cases (None: no file)."""
        with tempfile.TemporaryDirectory() as folder:
            runs = []
            for number, cases in enumerate(files):
                path = pathlib.Path(folder, f"{number}.xml")
                if cases is not None:
                    path.write_text(f"<testsuite>{''.join(cases)}</testsuite>")
                runs.append((f"run{number}", path))
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                counts = count_tests.count(runs)
            return counts, printed.getvalue()

    def test_runs_add_up(self):
        counts, printed = self.count([PASSED, PASSED], [PASSED])
        self.assertEqual(counts, (3, 0, 0))
        self.assertEqual(printed, "")

    def test_a_failure_is_counted_and_shown(self):
        counts, printed = self.count([PASSED, FAILED])
        self.assertEqual(counts, (1, 1, 0))
        self.assertIn("b_test.cc:3: Failure", printed)
        self.assertIn("failed (run0): b\n", printed)

    def test_a_skip_is_listed_once_with_its_reason_and_runs(self):
        counts, printed = self.count([SKIPPED], [SKIPPED, DISABLED])
        self.assertEqual(counts, (0, 0, 3))
        self.assertIn("skipped (run0, run1): c: no tables here\n", printed)
        self.assertIn("skipped (run1): d: disabled\n", printed)

    def test_what_did_not_run_is_a_failure(self):
        for files in ([None], [[]], [[NOT_BUILT]]):
            counts, _ = self.count(*files)
            self.assertEqual(counts, (0, 1, 0), files)

    def test_shared_counts_are_added_up_for_each_run(self):
        counts, printed = self.count([counted(20), counted(22)], [counted(20)])
        self.assertIn("run0: 42 of 42 fault runs\n", printed)
        self.assertIn("run1: 20 of 42 fault runs\n", printed)
        self.assertIn("failed (run1): 20 of 42 fault runs\n", printed)
        self.assertEqual(counts, (3, 1, 0))

    def test_the_slowest_ten_are_printed_longest_first(self):
        cases = [f'<testcase name="t{i}" status="run" time="{i}.25"/>' for i in range(12)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.xml")
            path.write_text(f"<testsuite>{''.join(cases)}</testsuite>")
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                count_tests.print_slowest([("release", path), ("asan", f"{folder}/missing")])
        lines = printed.getvalue().splitlines()
        self.assertEqual(lines[0], "the slowest of 12 tests, 69 s in all:")
        self.assertEqual(lines[1], "   11.2 s  release: t11")
        self.assertEqual(len(lines), 11)


if __name__ == "__main__":
    unittest.main()
