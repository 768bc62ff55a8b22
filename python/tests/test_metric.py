# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.metric, with a Pushgateway of this test's own and prometheus_client's parser."""

import pytest

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from fake_pushgateway import Gateway  # noqa: E402

from zeus.metric import EnergyCumulativeCounter, EnergyHistogram, PowerGauge  # noqa: E402


@pytest.fixture
def gateway():
    with Gateway() as gateway:
        yield gateway


def test_a_histogram_is_pushed_at_a_windows_end(simulated_gpus, gateway):
    box = simulated_gpus(2)
    metric = EnergyHistogram([], [0, 1], gateway.url, "training", gpu_bucket_range=[1.0, 10000.0])
    for _ in range(2):
        metric.begin_window("step")
        box.step()
        metric.end_window("step")
    assert gateway.pushes[-1][0] == "/metrics/job/training"
    samples = gateway.samples()
    name = "energy_monitor_gpu_energy_joules"
    assert samples[f"{name}_count", "step", "1"] == 2
    assert samples[f"{name}_sum", "step", "1"] == pytest.approx(box.truth(1).energy, abs=0.01)


def test_energy_outside_the_buckets_is_warned_about(simulated_gpus, gateway):
    box = simulated_gpus()
    metric = EnergyHistogram([], [0], gateway.url, "training", gpu_bucket_range=[1.0, 2.0])
    metric.begin_window("step")
    box.step()
    with pytest.warns(UserWarning, match="GPU 0"):
        metric.end_window("step")


@pytest.mark.parametrize("kind", ["gpu", "cpu", "dram"])
def test_buckets_must_not_be_empty(simulated_gpus, kind):
    simulated_gpus()
    with pytest.raises(ValueError, match=f"{kind}_bucket_range"):
        EnergyHistogram([], [0], "nowhere", "training", **{f"{kind}_bucket_range": []})


def test_a_counter_is_pushed_while_its_window_is_open(simulated_gpus, gateway):
    box = simulated_gpus(2)
    metric = EnergyCumulativeCounter([], [0, 1], 0.05, gateway.url, "training")
    metric.begin_window("all")
    begun = box.truth(1).energy
    box.step()
    gateway.wait_for(1)
    box.step()
    metric.end_window("all")
    total = gateway.samples()["energy_monitor_gpu_energy_joules_total", "all", "1"]
    assert total == pytest.approx(box.truth(1).energy - begun, abs=0.05)


def test_a_gauge_is_pushed_while_its_window_is_open(simulated_gpus, gateway):
    box = simulated_gpus(2, virtual_clock=False)
    metric = PowerGauge([0, 1], 0.05, gateway.url, "training")
    metric.begin_window("all", sync_execution=True)
    gateway.wait_for(3)
    metric.end_window("all")
    power = gateway.samples()["power_monitor_gpu_power_watts", "all", "1"]
    assert power == pytest.approx(box.truth(1).power, rel=0.1)


def test_windows_of_repeating_metrics_have_one_name_each(simulated_gpus, gateway):
    simulated_gpus()
    metric = PowerGauge([0], 60.0, gateway.url, "training")
    with pytest.raises(ValueError, match="'x'"):
        metric.end_window("x")
    metric.begin_window("x")
    with pytest.raises(ValueError, match="'x'"):
        metric.begin_window("x")
    metric.end_window("x")


def test_a_gateway_that_is_away_does_not_end_the_program(simulated_gpus, caplog):
    simulated_gpus()
    metric = EnergyCumulativeCounter([], [0], 60.0, "127.0.0.1:1", "training")
    metric.begin_window("x")
    metric.end_window("x")
    assert "EnergyCumulativeCounter x" in caplog.text
