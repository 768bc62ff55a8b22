# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the package zeus 0.16 that don't pass with this one, and why."""

# Files, or folders, that test modules which this package doesn't have: docs/migrating.md says why.
OTHER_MODULES = {
    "tests/device/cpu/test_rapl.py": "zeus.device.cpu.rapl",
    "tests/device/gpu/test_amd.py": "zeus.device.gpu.amd",
    "tests/device/soc/apple/test_apple.py": "zeus.device.soc.apple",
    "tests/device/test_deprecated_alias.py": "zeus.device.common",
    "tests/monitor/test_carbon.py": "zeus.monitor.carbon",
    "tests/monitor/test_power_streaming.py": "zeus.monitor.power_streaming",
    "tests/monitor/test_price.py": "zeus.monitor.price",
    "tests/optimizer/batch_size": "zeus.optimizer.batch_size",
    "tests/utils/test_multiprocessing.py": "zeus.utils.multiprocessing",
    "tests/utils/test_zeusd.py": "zeus.utils.zeusd",
}

# Test: (why it fails, our test of the same situation, on the simulated driver).
FAILING = {
    "tests/monitor/test_energy.py::test_monitor": (
        "puts a mock in the place of pynvml, which this package doesn't use, and looks at the "
        "monitor's measurement_states",
        "test_window_patterns.py::test_windows_on_any_gpus",
    ),
    "tests/monitor/test_energy.py::test_begin_window_restart": (
        "puts a mock in the place of pynvml, which this package doesn't use",
        "test_monitor.py::test_restart_drops_the_window_that_is_open",
    ),
    "tests/optimizer/test_power_limit_optimizer.py::test_power_limit_optimizer": (
        "puts a mock in the place of pynvml, which this package doesn't use, and expects that the "
        "end of an epoch throws a half measured limit away",
        "test_models.py::test_an_optimizer_finds_in_replayed_windows_what_the_recorded_one_found",
    ),
    "tests/test_metric.py::test_energy_histogram": (
        "looks at the histograms' attributes, and puts mocks in their places",
        "test_metric.py::test_a_histogram_is_pushed_at_a_windows_end",
    ),
    "tests/test_metric.py::test_energy_cumulative_counter": (
        "puts a mock in the place of the process that measures; here it is a thread",
        "test_metric.py::test_a_counter_is_pushed_while_its_window_is_open",
    ),
    "tests/test_metric.py::test_power_gauge": (
        "puts a mock in the place of the process that measures; here it is a thread",
        "test_metric.py::test_a_gauge_is_pushed_while_its_window_is_open",
    ),
}
