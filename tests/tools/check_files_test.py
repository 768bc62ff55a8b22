# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
import check_files

HEADER = "// SPDX-FileCopyrightText: 2026 Somebody\n// SPDX-License-Identifier: Apache-2.0\n"


class CheckFiles(unittest.TestCase):
    def test_a_file_with_its_licence_is_good(self):
        self.assertEqual(check_files.check("zeus/a.cc", HEADER), ([], []))
        self.assertEqual(check_files.check("tools/a.sh", "#!/bin/sh\n" + HEADER), ([], []))

    def test_a_missing_or_late_licence_is_an_error(self):
        for text in ("", "int a;\n", "\n" + HEADER, HEADER.splitlines()[0]):
            errors, _ = check_files.check("zeus/a.cc", text)
            self.assertEqual(errors, ["zeus/a.cc:1: the two-line SPDX header is missing"])

    def test_what_is_no_source_needs_no_licence(self):
        self.assertEqual(check_files.check("tests/table.csv", "a,b\n"), ([], []))

    def test_long_warns_and_too_long_is_an_error(self):
        for lines, errors, warnings in ((400, 0, 0), (401, 0, 1), (600, 0, 1), (601, 1, 0)):
            found = check_files.check("zeus/a.cc", HEADER + "\n" * (lines - 2))
            self.assertEqual([len(part) for part in found], [errors, warnings], lines)


if __name__ == "__main__":
    unittest.main()
