# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The real trl.SFTTrainer with LoRA adapters, on the CPU, with simulated GPU time."""

import pytest
from datasets import Dataset
from peft import LoraConfig, PeftModel
from slowed_trainer import RecordingMonitor, SlowedSteps
from tiny_models import llama, sentences, tokenizer
from trl import SFTConfig, SFTTrainer

from zeus.optimizer.power_limit import Done, Energy, HFGlobalPowerLimitOptimizer

PRIOR = [250_000, 250_000]
LIMITS = [250, 175, 100]  # in W; those of a V100 in steps of 75 W
PROFILE_STEPS = 4
BATCHES_A_STEP = 2


class SlowedSFTTrainer(SlowedSteps, SFTTrainer):
    pass


@pytest.fixture
def tune(simulated_gpus, tmp_path):
    """Fine-tunes adapters on two GPUs: tune(**training arguments) -> (box, callback, trainer)."""

    def run(**options):
        box = simulated_gpus(2)
        hf = HFGlobalPowerLimitOptimizer(RecordingMonitor(), Energy(), 1, 1, PROFILE_STEPS, 75)
        trainer = SlowedSFTTrainer(
            model=llama(),
            args=SFTConfig(
                output_dir=str(tmp_path),
                use_cpu=True,
                bf16=False,
                report_to="none",
                disable_tqdm=True,
                max_length=16,
                max_steps=24,
                per_device_train_batch_size=2,
                gradient_accumulation_steps=BATCHES_A_STEP,
                **options,
            ),
            train_dataset=Dataset.from_dict({"text": sentences(24)}),
            eval_dataset=Dataset.from_dict({"text": sentences(4)}),
            processing_class=tokenizer(),
            peft_config=LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
            callbacks=[hf],
        )
        trainer.box = box
        trainer.train()
        return box, hf, trainer

    return run


@pytest.mark.parametrize(
    "interruptions",
    [
        {"save_strategy": "no"},
        {"eval_strategy": "steps", "eval_steps": 3, "save_steps": 5, "save_total_limit": 1},
    ],
    ids=["plain", "interrupted"],
)
def test_the_best_limit_is_found_while_adapters_are_fine_tuned(tune, interruptions):
    box, hf, trainer = tune(**interruptions)
    assert isinstance(trainer.model, PeftModel)
    assert trainer.state.global_step == 24
    assert hf.optimizer.state == Done(optimal_power_limit=175_000)
    assert [point.power_limit for point in hf.optimizer.measurements] == LIMITS
    for point in hf.optimizer.measurements:
        one = next(batch for batch in trainer.batches if batch.limit == point.power_limit)
        batches = PROFILE_STEPS * BATCHES_A_STEP
        assert point.time == pytest.approx(batches * one.time, rel=1e-6)
        assert point.energy == pytest.approx(2 * batches * one.energy, rel=1e-4)
    assert trainer.batches[-1].limit == 175
    assert box.power_limits == PRIOR
