# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Trains a causal language model with Hugging Face's Trainer, at the best power limit.

run_clm.py --model_name_or_path gpt2 --dataset_name wikitext --dataset_config_name \
wikitext-2-raw-v1 --do_train --do_eval --output_dir /tmp/clm
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict, load_dataset
from report import report
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    HfArgumentParser,
    Trainer,
    TrainingArguments,
    default_data_collator,
)

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import HFGlobalPowerLimitOptimizer, ZeusCost
from zeus.simulator import step_with_torch


def option(text: str, default: Any = None) -> Any:
    """A field of the dataclasses below: an option of the command line."""
    return field(default=default, metadata={"help": text})


@dataclass
class ModelArguments:
    """Which model."""

    model_name_or_path: str | None = option("pretrained, from the hub or a local folder")
    model_type: str | None = option("where it starts from nothing: gpt2, llama, ...")
    config_overrides: str | None = option("with model_type: n_embd=10,n_layer=2,...")
    config_name: str | None = option("where the configuration is not the model's own")
    tokenizer_name: str | None = option("where the tokenizer is not the model's own")
    cache_dir: str | None = option("where to keep what is downloaded")
    model_revision: str = option("branch, tag or commit", "main")
    token: str | None = option("for private models")
    trust_remote_code: bool = option("let the model's own code run", False)
    dtype: str | None = option("auto, bfloat16, float16 or float32")


@dataclass
class DataArguments:
    """Which text."""

    dataset_name: str | None = option("of the hub")
    dataset_config_name: str | None = option("of the dataset")
    train_file: str | None = option("a local .txt, .csv or .json file instead")
    validation_file: str | None = option("likewise; without it a part of the training text")
    max_train_samples: int | None = option("train on the first so many blocks")
    max_eval_samples: int | None = option("evaluate on the first so many blocks")
    block_size: int | None = option(
        "tokens in a block; default: what the model takes, 1024 at most"
    )
    validation_split_percentage: int = option("of the training text, without a validation split", 5)
    preprocessing_num_workers: int | None = option("processes")


@dataclass
class ZeusArguments:
    """How the best power limit is looked for. What counts as a step is an update of the weights."""

    zeus_eta_knob: float = option("from 0, only time counts, to 1, only energy counts", 0.5)
    zeus_warmup_steps: int = option("steps a power limit that are not measured", 10)
    zeus_profile_steps: int = option("steps a power limit that are measured", 40)
    zeus_pl_step: int = option("watts between power limits", 25)
    zeus_profile_path: str | None = option("a JSON file: keeps what was measured")


def load_text(data: DataArguments, model: ModelArguments) -> DatasetDict:
    """The text, split for training and validation.

    Raises:
        SystemExit: The arguments name no text.
    """
    share = f"{data.validation_split_percentage}%"
    if data.dataset_name is not None:
        options = {"cache_dir": model.cache_dir, "token": model.token}
        name, part = data.dataset_name, data.dataset_config_name
        text = load_dataset(name, part, **options)
        if "validation" not in text:
            text["validation"] = load_dataset(name, part, split=f"train[:{share}]", **options)
            text["train"] = load_dataset(name, part, split=f"train[{share}:]", **options)
        return text
    if data.train_file is None:
        raise SystemExit("give --dataset_name or --train_file: there is no text to train on")
    kind = Path(data.train_file).suffix.lstrip(".").replace("txt", "text")
    files = {"train": data.train_file}
    if data.validation_file is not None:
        files["validation"] = data.validation_file
    text = load_dataset(kind, data_files=files, cache_dir=model.cache_dir)
    if "validation" not in text:
        parts = text["train"].train_test_split(data.validation_split_percentage / 100, seed=0)
        text = DatasetDict(train=parts["train"], validation=parts["test"])
    return text


def in_blocks(text: DatasetDict, tokenizer: Any, data: DataArguments) -> DatasetDict:
    """The text as blocks of tokens, all of one length."""
    column = "text" if "text" in text["train"].column_names else text["train"].column_names[0]
    size = data.block_size or min(1024, tokenizer.model_max_length)

    def tokenize(rows: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        return {"input_ids": tokenizer(rows[column])["input_ids"]}

    def cut(rows: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        tokens = list(chain.from_iterable(rows["input_ids"]))
        end = len(tokens) // size * size
        blocks = [tokens[begin : begin + size] for begin in range(0, end, size)]
        return {"input_ids": blocks, "labels": [list(block) for block in blocks]}

    workers = data.preprocessing_num_workers
    options = {"batched": True, "num_proc": workers}
    tokens = text.map(tokenize, remove_columns=text["train"].column_names, **options)
    return tokens.map(cut, **options)


def first(blocks: Dataset, count: int | None) -> Dataset:
    """The first so many blocks; None for all."""
    return blocks if count is None else blocks.select(range(min(count, len(blocks))))


def make_model(arguments: ModelArguments) -> Any:
    """The model: pretrained, or with random weights.

    Raises:
        SystemExit: The arguments name no model.
    """
    options = {"trust_remote_code": arguments.trust_remote_code}
    if arguments.model_name_or_path is not None:
        return AutoModelForCausalLM.from_pretrained(
            arguments.model_name_or_path,
            revision=arguments.model_revision,
            cache_dir=arguments.cache_dir,
            token=arguments.token,
            dtype=arguments.dtype or "auto",
            **options,
        )
    if arguments.config_name is not None:
        config = AutoConfig.from_pretrained(arguments.config_name, **options)
    elif arguments.model_type is not None:
        config = AutoConfig.for_model(arguments.model_type)
        if arguments.config_overrides:
            config.update_from_string(arguments.config_overrides)
    else:
        raise SystemExit("give --model_name_or_path, or --model_type for one with random weights")
    return AutoModelForCausalLM.from_config(config, **options)


def main() -> None:
    """Trains, evaluates, and says what the power limits took."""
    parser = HfArgumentParser((ModelArguments, DataArguments, ZeusArguments, TrainingArguments))
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        model_args, data_args, zeus_args, args = parser.parse_json_file(sys.argv[1])
    else:
        model_args, data_args, zeus_args, args = parser.parse_args_into_dataclasses()

    name = model_args.tokenizer_name or model_args.model_name_or_path or model_args.config_name
    if name is None:
        raise SystemExit("give --tokenizer_name: a model with random weights has none")
    tokenizer = AutoTokenizer.from_pretrained(name, cache_dir=model_args.cache_dir)
    blocks = in_blocks(load_text(data_args, model_args), tokenizer, data_args)

    # Every rank may monitor all GPUs: each GPU is counted once.
    monitor = ZeusMonitor()
    selector = ZeusCost(zeus_args.zeus_eta_knob, world_size=len(monitor.gpu_indices))
    optimizer = HFGlobalPowerLimitOptimizer(
        monitor,
        selector,
        warmup_steps=zeus_args.zeus_warmup_steps,
        profile_steps=zeus_args.zeus_profile_steps,
        pl_step=zeus_args.zeus_pl_step,
        profile_path=zeus_args.zeus_profile_path,
    )
    # On simulated GPUs an update takes as long as their power limit makes it; on real ones this
    # does nothing.
    step_with_torch([args.local_process_index] if args.world_size > 1 else None)

    trainer = Trainer(
        model=make_model(model_args),
        args=args,
        train_dataset=first(blocks["train"], data_args.max_train_samples),
        eval_dataset=first(blocks["validation"], data_args.max_eval_samples),
        processing_class=tokenizer,
        data_collator=default_data_collator,
        callbacks=[optimizer],
    )
    if args.do_train:
        trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
        trainer.save_model()
        if trainer.is_world_process_zero():
            report(optimizer.optimizer)
    if args.do_eval:
        trainer.log_metrics("eval", trainer.evaluate())


if __name__ == "__main__":
    main()
