"""Byte-level BPE, such as RoBERTa's, whose words begin with the space before them."""

import json
from collections.abc import Iterator
from typing import Any

from tokenizers import Tokenizer, models


def has_byte_level_without_prefix_space(tokenizer: Tokenizer) -> bool:
    """Whether words given one by one would miss the preceding space that the vocabulary expects, as with RoBERTa."""
    return any(not step["add_prefix_space"] for step in _byte_levels(_pre_tokenizer_alone(tokenizer)))


def add_prefix_space(tokenizer: Tokenizer) -> None:
    """Have words begin with a space, in place."""
    alone = _pre_tokenizer_alone(tokenizer)
    for step in _byte_levels(alone):
        step["add_prefix_space"] = True
    tokenizer.pre_tokenizer = Tokenizer.from_str(json.dumps(alone)).pre_tokenizer


def _pre_tokenizer_alone(tokenizer: Tokenizer) -> dict[str, Any]:
    """A tokenizer of nothing but this pre-tokenizer, as JSON: a copy of the whole vocabulary takes long."""
    alone = Tokenizer(models.BPE())
    if tokenizer.pre_tokenizer is not None:
        alone.pre_tokenizer = tokenizer.pre_tokenizer
    table: dict[str, Any] = json.loads(alone.to_str())
    return table


def _byte_levels(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict) and node.get("type") == "ByteLevel" and "add_prefix_space" in node:
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _byte_levels(child)
