"""`--epochs`: the steps of so many epochs, counted as the training will cut its batches."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import spacy
import tqdm
from spacy.training import Example
from spacy.util import registry
from thinc.api import Config

from ...errors import Errors
from ...messages.coded import bare
from ...runtime.progress import bar
from ...training.epochs import count_steps, plan_epochs


def counted_steps(text: str, corpus: Path, n_epochs: float, lang: str) -> str:
    """The block [training] with the steps of so many epochs, as a partial config with comments.

    text (str): The config, whose batcher and reader count.
    RAISES (ValueError): The corpus can't be read or is empty, or the batcher's tokenizer is not here.
    """
    config = Config().from_str(text, overrides={"paths.train": str(corpus)})
    nlp = spacy.blank(lang)
    counted = _Counted()
    try:
        resolved = registry.resolve({"corpus": config["corpora"]["train"], "batcher": config["training"]["batcher"]})
        with bar("Counting") as progress:
            n_steps = count_steps(resolved["batcher"], counted.of(resolved["corpus"](nlp), progress))
    except (ImportError, LookupError, OSError, TypeError, ValueError) as error:
        raise ValueError(Errors.B565.format(path=corpus, reason=bare(error).rstrip("."))) from error
    if not n_steps:
        raise ValueError(Errors.B565.format(path=corpus, reason="it has no Docs"))
    plan, n_docs = plan_epochs(n_epochs, n_steps), f"{counted.n_docs:,}"
    return f"""
[training]
# Epochs: {n_epochs:g}, of {n_steps:,} steps each. `init-config --epochs` counted them in {corpus.name} ({n_docs} Docs),
# and rounded down by less than a tenth. The schedule below ends at max_steps. Other data or batches need another count.
max_steps = {plan.max_steps}
# Evaluations: {plan.n_evaluations}, the last one after the last step.
eval_frequency = {plan.eval_frequency}
"""


class _Counted:
    def __init__(self) -> None:
        self.n_docs = 0

    def of(self, examples: Iterable[Example], progress: "tqdm.tqdm[None]") -> Iterator[Example]:
        for eg in examples:
            self.n_docs += 1
            progress.update()
            yield eg
