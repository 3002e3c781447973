"""Contenders that are spaCy pipelines: ours, and spacy-transformers with spaCy's own heads."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import textcat_partly_annotated  # noqa: F401  registers the factory
from scoring import Annotation, annotation_of
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config, load_model_from_config, registry
from tasks import copy_docs

CONFIGS = Path(__file__).parent / "configs"


class SpacyPipeline:
    """batch_size (int): Docs, for `nlp.pipe`; None for the pipeline's own."""

    def __init__(self, nlp: Language, *, batch_size: int | None = None) -> None:
        self.nlp, self.batch_size = nlp, batch_size

    def run(self, texts: Sequence[str]) -> None:
        deque(self.nlp.pipe(texts, batch_size=self.batch_size), maxlen=0)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        return [annotation_of(doc) for doc in self.nlp.pipe(texts, batch_size=self.batch_size)]


class SpacyTrainer:
    """Trains as `spacy train` does: update, every component's `finish_update`, the schedules' step.

    settings (Dict): What differs from the config file, by dotted name.
    schedule (str): Dotted name of the config's block with `warmup_steps` and `total_steps`.
    """

    def __init__(
        self,
        config: str,
        encoder: Path,
        docs: Sequence[Doc],
        *,
        schedule: str,
        warmup_steps: int,
        total_steps: int,
        settings: dict,
    ) -> None:
        steps = {f"{schedule}.warmup_steps": warmup_steps, f"{schedule}.total_steps": total_steps}
        loaded = load_config(CONFIGS / config, overrides={"paths.encoder": str(encoder), **steps, **settings})
        self.nlp = load_model_from_config(loaded, auto_fill=True)
        training = registry.resolve(self.nlp.config.interpolate()["training"])
        self.optimizer, self.dropout = training["optimizer"], training["dropout"]
        self.docs = copy_docs(docs, self.nlp.vocab)
        examples = self._examples(range(len(self.docs)))
        self.nlp.initialize(lambda: examples)

    def train(self, batch: Sequence[int]) -> dict[str, float]:
        """One step on the Docs with these numbers. RETURNS: Losses by component."""
        losses: dict[str, float] = {}
        self.nlp.update(self._examples(batch), drop=self.dropout, sgd=False, losses=losses)
        for _, component in self.nlp.pipeline:
            component.finish_update(self.optimizer)
        self.optimizer.step_schedules()
        return losses

    def _examples(self, batch: Sequence[int]) -> list[Example]:
        return [_example(self.docs[i]) for i in batch]

    def save(self, folder: Path) -> None:
        self.nlp.to_disk(folder)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        return [annotation_of(doc) for doc in self.nlp.pipe(texts)]


def _example(reference: Doc) -> Example:
    """The annotated Doc and one without annotations to learn on."""
    words = [token.text for token in reference]
    spaces = [bool(token.whitespace_) for token in reference]
    return Example(Doc(reference.vocab, words=words, spaces=spaces), reference)
