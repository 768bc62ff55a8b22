# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The programs in examples/ as their users start them, in a short form, on simulated GPUs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_models
from fake_pushgateway import Gateway

from zeus.optimizer.power_limit import Energy, MaxSlowdownConstraint, ZeusCost
from zeus.plot import read_profile

EXAMPLES = Path(__file__).parents[3] / "examples"
LIMITS = [225, 175, 125, 100]
PICTURES = "--dummy -a resnet8 -b 4 --image_size 32 --dummy_images 100 --epochs 2 -j 0 --seed 1"
SWEEP = "--warmup_steps 1 --profile_steps 8 --pl_step 50"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs an example: run("imagenet/train_single.py", "--epochs 2"), where it may write."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hugging-face"))

    def run(program: str, arguments: str, ranks: int = 0) -> subprocess.CompletedProcess[str]:
        launcher = [sys.executable]
        if ranks:
            launcher += ["-m", "torch.distributed.run", "--standalone"]
            launcher += ["--nproc-per-node", str(ranks)]
        return subprocess.run(
            [*launcher, str(EXAMPLES / program), *arguments.split()],
            capture_output=True,
            text=True,
            timeout=240,
            cwd=tmp_path,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )

    return run


@pytest.fixture
def language_model(tmp_path):
    """Folders with tiny models and their tokenizer, and a file with text."""
    for name in ("gpt2", "llama"):
        getattr(tiny_models, name)().save_pretrained(tmp_path / name)
        tiny_models.tokenizer().save_pretrained(tmp_path / name)
    (tmp_path / "text.txt").write_text("\n".join(tiny_models.sentences(400)) + "\n")


def chosen(output: str) -> int:
    return int(re.search(r"^The best power limit: (\d+) W \(simulated\)$", output, re.M)[1])


def test_imagenet_on_one_gpu_finds_the_limit_and_puts_the_earlier_one_back(
    simulated_gpus, run, tmp_path
):
    box = simulated_gpus(2, prior_limit=225, time_noise=0.02, power_noise=0.01)
    before = [box.truth(gpu) for gpu in (0, 1)]
    result = run("imagenet/train_single.py", f"{PICTURES} {SWEEP} --gpu 1 --profile_path p.json")
    assert result.returncode == 0, result.stderr
    profile = read_profile(tmp_path / "p.json")
    assert [point.power_limit for point in profile.measurements] == LIMITS
    assert chosen(result.stdout) == MaxSlowdownConstraint(1.1).select(profile.measurements)
    assert box.power_limits == [225_000, 225_000]
    # 2 epochs of 25 steps, all on GPU 1; what the program says of them is what they took.
    after = [box.truth(gpu) for gpu in (0, 1)]
    assert [b.steps - a.steps for a, b in zip(before, after, strict=True)] == [0, 50]
    energy, time = re.search(r"^Training: (\d+) J, ([\d.]+) s", result.stdout, re.M).groups()
    assert float(energy) == pytest.approx(after[1].energy - before[1].energy, rel=0.01)
    assert float(time) == pytest.approx(after[1].elapsed - before[1].elapsed, abs=0.1)
    assert re.search(r"^Epoch 1: [\d.]+ % of the validation set are right$", result.stdout, re.M)


@pytest.mark.parametrize("program", ["train_dp.py", "train_fsdp.py"])
def test_imagenet_on_two_gpus_agrees_on_one_limit(simulated_gpus, run, tmp_path, program):
    box = simulated_gpus(2, prior_limit=225, virtual_clock=False, step_seconds=0.02)
    result = run(f"imagenet/{program}", f"{PICTURES} {SWEEP} -b 2 --profile_path p.json", ranks=2)
    assert result.returncode == 0, result.stderr
    profile = read_profile(tmp_path / "p.json")
    assert [point.power_limit for point in profile.measurements] == LIMITS
    assert profile.gpu_count == 2
    assert chosen(result.stdout) == MaxSlowdownConstraint(1.1).select(profile.measurements)
    assert box.power_limits == [225_000, 225_000]
    assert box.truth(0).steps == box.truth(1).steps == 100


def test_imagenet_says_what_is_missing(simulated_gpus, run):
    simulated_gpus()
    result = run("imagenet/train_single.py", "-a resnet8")
    assert result.returncode == 1
    assert result.stderr == "give the ImageNet folder, or --dummy for generated pictures\n"
    result = run("imagenet/train_single.py", "--dummy -a resnet9")
    assert result.returncode == 1
    assert result.stderr.startswith("there is no model 'resnet9': ")


def test_a_language_model_is_trained_at_the_best_limit(
    simulated_gpus, run, tmp_path, language_model
):
    box = simulated_gpus(2, prior_limit=225)
    result = run(
        "huggingface/run_clm.py",
        "--model_name_or_path gpt2 --train_file text.txt --block_size 8 --do_train --do_eval "
        "--output_dir out --per_device_train_batch_size 4 --gradient_accumulation_steps 2 "
        "--max_steps 45 --save_steps 20 --report_to none --zeus_eta_knob 1 --zeus_pl_step 50 "
        "--zeus_warmup_steps 1 --zeus_profile_steps 8 --zeus_profile_path p.json",
    )
    assert result.returncode == 0, result.stderr
    profile = read_profile(tmp_path / "p.json")
    assert [point.power_limit for point in profile.measurements] == LIMITS
    assert chosen(result.stdout) == Energy().select(profile.measurements)
    assert box.power_limits == [225_000, 225_000]
    assert box.truth().steps == 45  # updates, not batches
    assert "eval_loss" in result.stdout
    assert (tmp_path / "out" / "model.safetensors").exists()


def test_an_adapter_is_trained_at_the_best_limit(simulated_gpus, run, tmp_path, language_model):
    box = simulated_gpus(prior_limit=225)
    result = run(
        "huggingface/run_sft_qlora.py",
        "--model_name llama --dataset_name text.txt --dataset_split train --output_dir out "
        "--max_seq_length 16 --max_steps 25 --save_steps 20 --zeus_pl_step 50 "
        "--zeus_profile_path p.json",
    )
    assert result.returncode == 0, result.stderr
    profile = read_profile(tmp_path / "p.json")
    assert [point.power_limit for point in profile.measurements] == LIMITS
    assert chosen(result.stdout) == ZeusCost(0.5).select(profile.measurements)
    assert box.power_limits == [225_000]
    assert box.truth().steps == 25
    assert (tmp_path / "out" / "adapter_model.safetensors").exists()


def test_energy_and_power_of_a_training_reach_the_pushgateway(simulated_gpus, run):
    box = simulated_gpus(virtual_clock=False, step_seconds=0.02)
    with Gateway() as gateway:
        result = run(
            "prometheus/train_single.py",
            f"--dummy --epochs 2 -b 50 -j 0 --update_period 0.2 --pushgateway {gateway.url}",
        )
    assert result.returncode == 0, result.stderr
    gpu = "0"
    histogram = gateway.samples("training_energy_histogram")
    name = "energy_monitor_gpu_energy_joules"
    assert histogram[f"{name}_count", "training_energy", gpu] == 2
    epochs = histogram[f"{name}_sum", "training_energy", gpu]
    counter = gateway.samples("training_energy_counter")
    whole = counter[f"{name}_total", "epoch_energy", gpu]
    assert 0 < epochs < box.truth().energy
    assert epochs / 2 < whole < box.truth().energy
    gauge = gateway.samples("training_power_gauge")
    assert 20 < gauge["power_monitor_gpu_power_watts", "epoch_power", gpu] < 300
    assert result.stdout.count("of the validation set are right") == 2


def test_simulate_gives_a_program_simulated_gpus_and_passes_its_exit_code_on(run, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from zeus import simulator\n"
        "from zeus.monitor import ZeusMonitor\n"
        "monitor = ZeusMonitor()\n"
        "with monitor.window('step') as window:\n"
        "    assert simulator.step()\n"
        "print(sorted(window.gpu_energy), sys.argv[1:])\n"
        "sys.exit(7)\n"
    )
    result = run("simulate.py", f"--gpus 3 --model A40 {program} --gpus x")
    assert (result.returncode, result.stdout) == (7, "[0, 1, 2] ['--gpus', 'x']\n"), result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("", "there is no program"),
        ("--model X1 true", "X1"),
        ("--gpus 1 no-such-program", "no-such"),
    ],
)
def test_simulate_says_what_is_wrong(run, arguments, reason):
    result = run("simulate.py", arguments)
    assert result.returncode == 2
    assert reason in result.stderr.splitlines()[-1]
