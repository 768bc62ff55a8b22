# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes Gemma 7B, or another model, with TRL's SFTTrainer and PEFT, at the best power limit.

On a GPU the weights are quantized (QLoRA, needs bitsandbytes); without one it is plain LoRA.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, load_dataset, load_from_disk
from peft import LoraConfig
from report import report
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    HfArgumentParser,
)
from trl import SFTConfig, SFTTrainer

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import HFGlobalPowerLimitOptimizer
from zeus.simulator import step_with_torch


def option(default: Any, text: str) -> Any:
    """A field of the dataclass below: an option of the command line."""
    return field(default=default, metadata={"help": text})


@dataclass
class Arguments:
    """The defaults are for one GPU with 24 GB."""

    model_name: str = option("google/gemma-7b", "of the hub, or a local folder")
    dataset_name: str = option("stingning/ultrachat", "of the hub, or a local file or folder")
    dataset_split: str = option("train[:5%]", "which part of it")
    output_dir: str = option("gemma-qlora-ultrachat", "for checkpoints")
    per_device_train_batch_size: int = option(1, "sequences")
    gradient_accumulation_steps: int = option(2, "batches an update")
    learning_rate: float = option(2e-4, "of the adapter")
    lr_scheduler_type: str = option("constant", "how it changes")
    max_grad_norm: float = option(0.3, "longer gradients are cut")
    weight_decay: float = option(0.001, "of the adapter")
    optim: str | None = option(None, "default: paged_adamw_32bit on a GPU, else adamw_torch")
    lora_alpha: int = option(16, "how much the adapter counts")
    lora_dropout: float = option(0.1, "of the adapter's input")
    lora_r: int = option(8, "the adapter's rank")
    max_seq_length: int = option(2048, "tokens")
    packing: bool = option(True, "put short texts into one sequence")
    gradient_checkpointing: bool = option(True, "compute again instead of remembering")
    fp16: bool = option(False, "train in fp16")
    bf16: bool = option(False, "train in bf16")
    max_steps: int = option(1000, "updates")
    save_steps: int = option(10, "updates between checkpoints")
    logging_steps: int = option(10, "updates between lines")
    # An update takes many seconds here: a few tell what a power limit does.
    zeus_warmup_steps: int = option(1, "updates a power limit that are not measured")
    zeus_profile_steps: int = option(3, "updates a power limit that are measured")
    zeus_pl_step: int = option(25, "watts between power limits")
    zeus_profile_path: str | None = option(None, "a JSON file: keeps what was measured")


def load_rows(name: str, split: str) -> Dataset:
    """The dataset: of the hub, a folder of datasets' own, or a local .json, .csv or .txt file."""
    path = Path(name)
    if path.is_file():
        kind = {".txt": "text", ".jsonl": "json"}.get(path.suffix, path.suffix.lstrip("."))
        return load_dataset(kind, data_files=name, split=split)
    if path.is_dir():
        return load_from_disk(name)
    return load_dataset(name, split=split)


def as_text(row: dict[str, Any]) -> dict[str, str]:
    """A row's text: a conversation's first question and answer, or what is in its column "text"."""
    if "data" in row:
        return {"text": f"### USER: {row['data'][0]}\n### ASSISTANT: {row['data'][1]}"}
    return {"text": row["text"]}


def load_model(name: str, has_gpu: bool) -> Any:
    """The model: its weights in 4 bits on a GPU."""
    if not has_gpu:
        return AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    quantization = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16, bnb_4bit_quant_type="nf4"
    )
    return AutoModelForCausalLM.from_pretrained(
        name, quantization_config=quantization, device_map={"": torch.cuda.current_device()}
    )


def main() -> None:
    """Fine-tunes, and says what the power limits took."""
    (args,) = HfArgumentParser((Arguments,)).parse_args_into_dataclasses()
    has_gpu = torch.cuda.is_available()
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    rows = load_rows(args.dataset_name, args.dataset_split)
    config = SFTConfig(
        output_dir=args.output_dir,
        per_device_train_batch_size=args.per_device_train_batch_size,
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        learning_rate=args.learning_rate,
        lr_scheduler_type=args.lr_scheduler_type,
        max_grad_norm=args.max_grad_norm,
        weight_decay=args.weight_decay,
        optim=args.optim or ("paged_adamw_32bit" if has_gpu else "adamw_torch"),
        max_length=args.max_seq_length,
        packing=args.packing,
        gradient_checkpointing=args.gradient_checkpointing,
        fp16=args.fp16,
        bf16=args.bf16,
        max_steps=args.max_steps,
        save_steps=args.save_steps,
        logging_steps=args.logging_steps,
        report_to="none",
    )

    optimizer = HFGlobalPowerLimitOptimizer(
        ZeusMonitor(),
        warmup_steps=args.zeus_warmup_steps,
        profile_steps=args.zeus_profile_steps,
        pl_step=args.zeus_pl_step,
        profile_path=args.zeus_profile_path,
    )
    # On simulated GPUs an update takes as long as their power limit makes it; on real ones this
    # does nothing.
    step_with_torch([config.local_process_index] if config.world_size > 1 else None)

    trainer = SFTTrainer(
        model=load_model(args.model_name, has_gpu),
        args=config,
        train_dataset=rows.map(as_text, remove_columns=rows.column_names),
        peft_config=LoraConfig(
            r=args.lora_r,
            lora_alpha=args.lora_alpha,
            lora_dropout=args.lora_dropout,
            target_modules="all-linear",
            bias="none",
            task_type="CAUSAL_LM",
        ),
        processing_class=tokenizer,
        callbacks=[optimizer],
    )
    trainer.train()
    trainer.save_model()
    if trainer.is_world_process_zero():
        report(optimizer.optimizer)


if __name__ == "__main__":
    main()
