# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Randomly initialised language models of a few thousand weights, and generated text for them."""

from __future__ import annotations

import random

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

BLOCK = 8  # tokens
_WORDS = ["the", "gpu", "model", "step", "limit", "power", "energy", "draws", "takes", "saves"]


def sentences(count: int) -> list[str]:
    """Generated text, the same each time."""
    generator = random.Random(0)
    return [" ".join(generator.choices(_WORDS, k=BLOCK)) for _ in range(count)]


def tokenizer() -> PreTrainedTokenizerFast:
    """Trained on the generated text."""
    words = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[UNK]", "[PAD]", "[EOS]"]
    words.train_from_iterator(sentences(200), trainers.WordLevelTrainer(special_tokens=special))
    return PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[EOS]"
    )


class TokenBlocks(torch.utils.data.Dataset):
    """Blocks of tokens, for causal language modelling."""

    def __init__(self, count: int) -> None:
        self._blocks = tokenizer()(sentences(count), return_tensors="pt")["input_ids"]

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self._blocks[index], "labels": self._blocks[index]}


def gpt2() -> GPT2LMHeadModel:
    """A model of one small layer."""
    torch.manual_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=32, n_positions=32, n_embd=16, n_layer=1, n_head=2)
    )


def llama() -> LlamaForCausalLM:
    """A model of one small layer."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=32,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=64,
        )
    )
