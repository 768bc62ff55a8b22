# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.plot: what is in the pictures, and what it says to files that it can't draw."""

import json
import subprocess
import sys
import time

import pytest

from zeus.monitor import PowerMonitor
from zeus.optimizer.power_limit import (
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
    PowerLimitMeasurement,
    Time,
    ZeusCost,
)

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from zeus.plot import (  # noqa: E402
    ProfileError,
    cost_against_limit,
    power_timeline,
    read_profile,
    time_energy_frontier,
)
from zeus.plot.__main__ import main  # noqa: E402

POINTS = [
    PowerLimitMeasurement(power_limit=limit, energy=energy, time=time)
    for limit, energy, time in [
        (250, 1000.0, 10.0),
        (200, 800.0, 10.5),
        (150, 700.0, 12.0),
        (100, 900.0, 20.0),
    ]
]


def lines_by_label(figure):
    return {
        line.get_label(): list(zip(line.get_xdata(), line.get_ydata(), strict=True))
        for line in figure.axes[0].get_lines()
    }


def labels(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_visible()]


@pytest.fixture
def profile_file(train, tmp_path):
    """What an optimizer writes on two simulated GPUs."""
    path = tmp_path / "profile.json"
    training = train(2, profile_path=path, pl_step=50)
    training.steps(20)
    assert path.exists()
    return path


def test_the_frontier_joins_what_nothing_beats_and_marks_the_chosen_limit():
    figure = time_energy_frontier(POINTS, Energy())
    lines = lines_by_label(figure)
    assert lines.pop("nothing is better in both") == [(10.0, 1000.0), (10.5, 800.0), (12.0, 700.0)]
    assert lines.pop("worse in both than another") == [(20.0, 900.0)]
    assert lines == {"150 W: Energy\nenergy −30.0 %, time +20.0 %": [(12.0, 700.0)]}
    assert sorted(labels(figure)) == ["100 W", "150 W", "200 W", "250 W (as before)"]


def test_the_frontier_says_so_where_the_highest_limit_is_the_best():
    lines = lines_by_label(time_energy_frontier(POINTS, Time()))
    assert lines["250 W: Time\nthe highest limit is the best"] == [(10.0, 1000.0)]


def test_axes_have_units_and_the_title_names_the_gpus(profile_file):
    figure = time_energy_frontier(profile_file)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Time of 2 steps (s)"
    assert axes.get_ylabel() == "Energy of 2 steps (J)"
    assert axes.get_title("left") == "Power limits of 2 × Tesla V100-PCIE-32GB"
    axes = cost_against_limit(profile_file, title="mine").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Power limit (W)", "Cost of 2 steps (J)")
    assert axes.get_title("left") == "mine"


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_labels_overlap_neither_each_other_nor_a_point(count):
    crowded = [
        PowerLimitMeasurement(power_limit=300 - i, energy=1000 + i % 3, time=10 + i * 0.001)
        for i in range(count)
    ]
    figure = time_energy_frontier(crowded, Energy())
    shown = [text for text in figure.axes[0].texts if text.get_visible()]
    boxes = [text.get_window_extent() for text in shown]
    assert 1 <= len(boxes) <= 14
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert figure.bbox.contains(box.x0, box.y0)
    places = figure.axes[0].transData.transform([text.xy for text in shown])
    assert not any(box.contains(*place) for box in boxes for place in places)


def test_the_legend_is_inside_the_picture_and_outside_the_axes():
    figure = time_energy_frontier(POINTS, LeastEnergyWithinSlowdown(1.25))
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert figure.bbox.x0 <= legend.x0 and legend.x1 <= figure.bbox.x1
    assert not legend.overlaps(figure.axes[0].get_window_extent())


@pytest.mark.parametrize(
    ("selector", "quantity", "values", "chosen"),
    [
        (ZeusCost(0.5), "Cost (J)", [1750.0, 1712.5, 1850.0, 2950.0], "200 W: ZeusCost, eta 0.5"),
        (
            ZeusCost(0.5, world_size=2),
            "Cost (J)",
            [3000.0, 3025.0, 3350.0, 5450.0],
            "250 W: ZeusCost, eta 0.5",
        ),
        (Energy(), "Energy (J)", [1000.0, 800.0, 700.0, 900.0], "150 W: Energy"),
        (Time(), "Time (s)", [10.0, 10.5, 12.0, 20.0], "250 W: Time"),
        (
            MaxSlowdownConstraint(1.25),
            "Time (s)",
            [10.0, 10.5, 12.0, 20.0],
            "150 W: MaxSlowdownConstraint, at most 25 % slower",
        ),
        (
            LeastEnergyWithinSlowdown(1.1),
            "Energy (J)",
            [1000.0, 800.0, 700.0, 900.0],
            "200 W: LeastEnergyWithinSlowdown, at most 10 % slower",
        ),
    ],
)
def test_what_a_selector_looks_at_is_drawn_against_the_limit(selector, quantity, values, chosen):
    axes = cost_against_limit(POINTS, selector).axes[0]
    assert axes.get_ylabel() == quantity
    curve = axes.get_lines()[0]
    assert list(curve.get_xdata()) == [250, 200, 150, 100]
    assert list(curve.get_ydata()) == pytest.approx(values)
    assert axes.get_lines()[-1].get_label().splitlines()[0] == chosen


def test_limits_that_are_too_slow_are_drawn_hollow():
    for selector in (MaxSlowdownConstraint(1.1), LeastEnergyWithinSlowdown(1.1)):
        lines = lines_by_label(cost_against_limit(POINTS, selector))
        assert [x for x, _ in lines["too slow to be chosen"]] == [150, 100]


def test_what_a_users_own_selector_looks_at_is_not_known():
    class Lowest(OptimumSelector):
        def select(self, measurements):
            return min(point.power_limit for point in measurements)

    with pytest.raises(TypeError, match="Lowest"):
        cost_against_limit(POINTS, Lowest())
    assert any(
        label.startswith("100 W: Lowest")
        for label in lines_by_label(time_energy_frontier(POINTS, Lowest()))
    )


def test_sampled_power_is_drawn_for_each_gpu(simulated_gpus):
    box = simulated_gpus(2)
    monitor = PowerMonitor(update_period=0.1)
    while monitor.get_power() is None:
        time.sleep(0.01)
    for _ in range(10):
        box.step()
    timelines = monitor.get_power_timeline("device_instant")
    axes = power_timeline(timelines).axes[0]
    assert [line.get_label() for line in axes.get_lines()] == ["GPU 0", "GPU 1"]
    begin = min(moment for timeline in timelines.values() for moment, _ in timeline)
    drawn = list(zip(*axes.get_lines()[1].get_data(), strict=True))
    assert drawn[:-1] == [(moment - begin, power) for moment, power in timelines[1]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Time (s)", "Power (W)")


def test_a_timeline_may_be_cut_and_holds_its_last_value():
    axes = power_timeline({0: [(100.0, 50.0), (101.0, 60.0)]}, end_time=105.0).axes[0]
    assert list(zip(*axes.get_lines()[0].get_data(), strict=True))[-1] == (5.0, 60.0)
    assert axes.get_xlim() == (0.0, 5.0)


@pytest.mark.parametrize("timelines", [{}, {0: []}])
def test_no_samples_are_an_error(timelines):
    with pytest.raises(ProfileError, match="PowerMonitor"):
        power_timeline(timelines)


def test_no_measurements_are_an_error():
    with pytest.raises(ProfileError, match="no measurements"):
        time_energy_frontier([])


def test_a_profile_file_is_read_as_it_was_measured(profile_file):
    profile = read_profile(profile_file)
    assert [point.power_limit for point in profile.measurements] == [250, 200, 150, 100]
    assert (profile.gpu_count, profile.steps) == (2, 2)
    assert profile.gpu_model == "Tesla V100-PCIE-32GB"


def test_a_file_of_the_replaced_package_is_read(tmp_path):
    path = tmp_path / "theirs.json"
    path.write_text(
        '{"measurements": [{"power_limit": 100, "energy": 2.5, "time": 3.0},'
        ' {"power_limit": 125, "energy": 2, "time": 1}]}'
    )
    profile = read_profile(path)
    assert [point.power_limit for point in profile.measurements] == [125, 100]
    assert (profile.gpu_model, profile.gpu_count, profile.steps) == (None, 1, None)


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_the_file_are_read(tmp_path, version):
    path = tmp_path / "profile.json"
    point = {"power_limit": 100, "energy": 2, "time": 3}
    if version == 2:
        point |= {"energy_error": 0.5, "time_error": 0, "steps": 7}
    content = {
        "measurements": [point],
        "format_version": version,
        "gpu_model": "V100",
        "gpu_uuids": ["GPU-1", "GPU-2"],
        "settings": {"profile_steps": 7},
    }
    path.write_text(json.dumps(content))
    profile = read_profile(path)
    assert profile.measurements == [PowerLimitMeasurement(power_limit=100, energy=2, time=3)]
    assert (profile.gpu_model, profile.gpu_count, profile.steps) == ("V100", 2, 7)


BAD = {
    "": "is empty",
    " \n": "is empty",
    "{": "can't be used",
    "[]": "not an object",
    "{}": 'no "measurements"',
    '{"measurements": []}': "no measurements",
    '{"measurements": 7}': "not a list",
    '{"measurements": [7]}': "can't be used",
    '{"measurements": [{"power_limit": 100, "energy": 1}]}': 'no "time"',
    '{"measurements": [{"power_limit": 100, "energy": 0, "time": 1}]}': '"energy" is not a p',
    '{"measurements": [{"power_limit": "100", "energy": 1, "time": 1}]}': '"power_limit" is n',
    '{"measurements": [{"power_limit": 100, "energy": NaN, "time": 1}]}': '"energy" is not a p',
    '{"measurements": [{"power_limit": 100, "energy": 1e999, "time": 1}]}': '"energy" is not a p',
    '{"format_version": 3, "measurements": []}': "newer than this program",
    '{"format_version": "x", "measurements": []}': "can't be used",
    "[" * 100_000: "can't be used",
}


@pytest.mark.parametrize(("text", "reason"), BAD.items(), ids=range(len(BAD)))
def test_a_file_that_is_no_profile_is_one_clear_line(tmp_path, text, reason):
    path = tmp_path / "profile.json"
    path.write_text(text)
    with pytest.raises(ProfileError) as caught:
        read_profile(path)
    message = str(caught.value)
    assert reason in message
    assert message.startswith(f"profile file '{path}' ")
    assert message.endswith("give the file that an optimizer's profile_path names")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("suffix", "first"), [("png", b"\x89PNG\r\n"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
@pytest.mark.parametrize("kind", ["frontier", "cost"])
def test_the_command_writes_the_format_of_the_suffix(profile_file, tmp_path, kind, suffix, first):
    out = tmp_path / f"picture.{suffix}"
    main([str(profile_file), "-o", str(out), "--kind", kind, "--selector", "energy"])
    assert out.read_bytes().startswith(first)
    assert out.stat().st_size > 5000


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.json", "-o", "x.png"], "'missing.json' can't be read: No such file"),
        (["{profile}", "-o", "x.doc"], "'x.doc' has no picture's suffix"),
        (["{profile}", "-o", "x"], "'x' has no picture's suffix"),
        (["{profile}", "-o", "missing/x.png"], "'missing/x.png' can't be written: No such file"),
        (["{profile}", "-o", "x.png", "--eta-knob", "2"], "eta_knob"),
        (["{profile}", "-o", "x.png", "--selector", "max-slowdown", "--slowdown", "0.5"], "factor"),
    ],
)
def test_what_the_command_cannot_do_is_one_line(
    profile_file, tmp_path, monkeypatch, arguments, reason
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main([argument.format(profile=profile_file) for argument in arguments])
    message = str(caught.value)
    assert message.startswith("zeus.plot: ")
    assert reason in message
    assert "\n" not in message


def test_the_command_runs_from_the_shell_and_uses_the_files_number_of_gpus(profile_file, tmp_path):
    out = tmp_path / "picture.svg"
    result = subprocess.run(
        [sys.executable, "-m", "zeus.plot", profile_file, "-o", out],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    expected = ZeusCost(0.5, world_size=2).select(read_profile(profile_file).measurements)
    figure = time_energy_frontier(profile_file)
    assert any(label.startswith(f"{expected} W: ZeusCost") for label in lines_by_label(figure))
    assert out.stat().st_size > 5000


def test_without_matplotlib_the_error_names_the_extra(run_script):
    result = run_script("""
        import sys
        sys.modules["matplotlib"] = None
        try:
            import zeus.plot
        except ImportError as error:
            print(error)
    """)
    assert "pip install 'zeus-cpp[plot]'" in result.stdout, result.stderr


def test_drawing_leaves_pyplot_alone(run_script):
    result = run_script("""
        import sys
        from zeus.optimizer.power_limit import PowerLimitMeasurement
        from zeus.plot import time_energy_frontier
        time_energy_frontier([PowerLimitMeasurement(power_limit=100, energy=1.0, time=1.0)])
        print("matplotlib.pyplot" in sys.modules)
    """)
    assert result.stdout == "False\n", result.stderr
