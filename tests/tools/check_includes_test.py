# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
import check_includes


def verdict(path, line):
    return check_includes.violation(path, line)


class CheckIncludes(unittest.TestCase):
    def test_the_directions_of_the_design_are_good(self):
        for path, target in (
            ("zeus/device/gpu.h", "zeus/units.h"),
            ("zeus/device/nvml/nvml_gpu.cc", "zeus/device/gpu.h"),
            ("zeus/device/nvml/nvml_gpu.cc", "zeus/device/nvml/nvml_calls.h"),
            ("zeus/monitor/zeus_monitor.h", "zeus/device/gpu.h"),
            ("zeus/optimizer/a.cc", "zeus/communicator/communicator.h"),
            ("zeus/optimizer/a.cc", "zeus/guard/prior_limits.h"),
            ("zeus/machine.cc", "zeus/device/nvml/nvml_gpu.h"),
            ("apps/main.cc", "zeus/machine.h"),
            ("apps/commands/demo/demo.cc", "simulator/api/simulated_machine.h"),
            ("apps/commands/demo/demo.cc", "apps/terminal/terminal.h"),
            ("simulator/state/a.cc", "simulator/scenario/scenario.h"),
            ("simulator/model/a.cc", "simulator/nvml/nvml_abi.h"),
            ("tests/device/a_test.cc", "zeus/device/nvml/nvml_gpu.h"),
        ):
            self.assertIsNone(verdict(path, f'#include "{target}"'), (path, target))

    def test_the_other_directions_are_violations(self):
        for path, target in (
            ("zeus/units.h", "zeus/device/gpu.h"),
            ("zeus/device/gpu.h", "zeus/device/nvml/nvml_gpu.h"),
            ("zeus/device/nvml/nvml_gpu.cc", "zeus/device/amdsmi/amdsmi_gpu.h"),
            ("zeus/device/gpu.cc", "zeus/monitor/measurement.h"),
            ("zeus/monitor/a.cc", "zeus/optimizer/selectors.h"),
            ("zeus/monitor/a.cc", "zeus/machine.h"),
            ("zeus/optimizer/a.cc", "zeus/machine.h"),
            ("zeus/optimizer/a.cc", "zeus/device/nvml/nvml_gpu.h"),
            ("zeus/communicator/a.cc", "zeus/optimizer/selectors.h"),
            ("zeus/guard/a.cc", "zeus/optimizer/selectors.h"),
            ("zeus/machine.cc", "simulator/simulator.h"),
            ("zeus/clock.cc", "zeus/machine.h"),
            ("apps/main.cc", "zeus/device/nvml/nvml_gpu.h"),
            ("apps/commands/env/env.cc", "simulator/api/simulated_machine.h"),
            ("apps/main.cc", "apps/commands/demo/demo.h"),
            ("simulator/a.cc", "zeus/device/gpu.h"),
            ("simulator/model/a.cc", "simulator/scenario/scenario.h"),
            ("simulator/state/a.cc", "simulator/nvml/driver.h"),
            ("simulator/preload/a.cc", "simulator/state/state_file.h"),
        ):
            self.assertIn("may not include", verdict(path, f'#include "{target}"'), (path, target))
            self.assertIn("may not include", verdict(path, f"#  include <{target}>"))

    def test_includes_are_written_from_the_root(self):
        self.assertIn("from the root", verdict("zeus/clock.cc", '#include "clock.h"'))
        self.assertIn("from the root", verdict("zeus/clock.cc", '#include "../zeus/clock.h"'))
        self.assertIsNone(verdict("zeus/clock.cc", "#include <chrono>"))
        self.assertIsNone(verdict("zeus/clock.cc", "#include <sys/stat.h>"))

    def test_heavy_headers_stay_out_of_headers(self):
        self.assertIn("heavy", verdict("zeus/log.h", "#include <nlohmann/json.hpp>"))
        self.assertIn("heavy", verdict("apps/a.h", "#include <CLI/CLI.hpp>"))
        self.assertIsNone(verdict("zeus/log.cc", "#include <nlohmann/json.hpp>"))

    def test_the_environment_is_read_in_few_places(self):
        line = '  const char* home = std::getenv("HOME");'
        for path in ("zeus/machine.cc", "apps/main.cc", "simulator/state.cc"):
            self.assertIsNone(verdict(path, line), path)
        self.assertIn("environment", verdict("zeus/monitor/a.cc", line))
        self.assertIsNone(verdict("zeus/monitor/a.cc", "// getenv() belongs to machine.cc"))

    def test_what_newer_versions_of_fmt_moved_is_included_from_there(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "apps").mkdir()
            text = '#include <fmt/format.h>\nauto a = fmt::join(names, ", ");\n'
            (root / "apps/bad.cc").write_text(text)
            (root / "apps/good.cc").write_text("#include <fmt/ranges.h>\n" + text)
            self.assertEqual(
                check_includes.check(root),
                ["apps/bad.cc:1: fmt::join needs <fmt/ranges.h> from fmt 11 on"],
            )

    def test_a_planted_violation_is_found_with_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "zeus/monitor").mkdir(parents=True)
            good = '#include "zeus/device/gpu.h"\n'
            (root / "zeus/monitor/good.cc").write_text(good)
            self.assertEqual(check_includes.check(root), [])
            (root / "zeus/monitor/bad.cc").write_text(good + '#include "zeus/machine.h"\n')
            self.assertEqual(
                check_includes.check(root),
                ["zeus/monitor/bad.cc:2: monitor may not include machine (zeus/machine.h)"],
            )


if __name__ == "__main__":
    unittest.main()
