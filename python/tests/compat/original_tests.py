# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the package zeus 0.16 that don't pass with this one, and why."""

# Files that can't be imported: they test modules that this package doesn't have. The reason is what
# the import itself says, "zeus-cpp has no zeus.…".
OTHER_MODULES = {
    "tests/device/cpu/test_rapl.py",
    "tests/device/gpu/test_amd.py",
    "tests/device/soc/apple/test_apple.py",
    "tests/device/test_deprecated_alias.py",
    "tests/monitor/test_carbon.py",
    "tests/monitor/test_power_streaming.py",
    "tests/monitor/test_price.py",
    "tests/optimizer/batch_size/test_client.py",
    "tests/optimizer/batch_size/test_explorer.py",
    "tests/optimizer/batch_size/test_server.py",
    "tests/optimizer/batch_size/test_simulator.py",
    "tests/utils/test_multiprocessing.py",
    "tests/utils/test_zeusd.py",
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
