"""What pre-training needs to know: the language model, and how many steps a pass over the text has."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import tqdm
from spacy.language import Language
from spacy.training import Example
from spacy.util import resolve_dot_names
from thinc.api import Config
from wasabi import msg

from ...pretraining.parts import Parts
from ...runtime.progress import bar

MAX_WINDOWS = 20_000  # that are counted: half a minute or so


def examine_language_model(parts: Parts) -> None:
    """Print whose head learns, and by which piece the others are masked."""
    msg.divider(f"Language model: {parts.objective.name}")
    checkpoint = parts.encoder.shim.loaded.checkpoint
    is_new = parts.objective.module.is_new
    msg.table(
        [
            ("encoder", "random weights" if checkpoint.is_untrained else "the checkpoint's"),
            ("head", "new: the checkpoint has none" if is_new else "the checkpoint's"),
            ("mask piece", str(checkpoint.tokenizer.mask_token)),
        ]
    )


def tell_pass(nlp: Language, config: Config, T: Mapping[str, Any]) -> None:
    """Print the windows, words and steps of a pass; of a long one, how many there are at least."""
    (reader,) = resolve_dot_names(config, [T["train_corpus"]])
    counted = _Counted()
    with bar("Counting", unit="windows") as progress:
        n_steps = sum(1 for _ in T["batcher"](counted.of(islice(reader(nlp), MAX_WINDOWS), progress)))
    least = "more than " if counted.n_windows == MAX_WINDOWS else ""
    passes = f"max_steps = {T['max_steps']:,} are {'at most ' if least else ''}{T['max_steps'] / n_steps:.1f} passes."
    msg.info(
        f"A pass over the text has {least}{counted.n_windows:,} windows with {counted.n_words:,} words: "
        f"{least or 'about '}{n_steps:,} steps",
        passes if T["max_steps"] else None,
    )


class _Counted:
    def __init__(self) -> None:
        self.n_windows = self.n_words = 0

    def of(self, examples: Iterable[Example], progress: "tqdm.tqdm[None]") -> Iterator[Example]:
        for eg in examples:
            self.n_windows += 1
            self.n_words += len(eg.predicted)
            progress.update()
            yield eg
