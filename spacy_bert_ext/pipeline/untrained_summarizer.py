"""Summaries without training: the sentences that are most like the others of their Doc."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..heads.sentence_pooling import pool_sentences
from ..heads.sentence_statistics import terms_of
from ..losses.controls import LossControls
from ..pieces.sentences import Sentences, sentences_of
from ..ranking.centrality import centroid, lexrank, relative
from ..ranking.similarities import Similarities, unit_rows
from ..runtime.surroundings import in_own_surroundings
from ..runtime.threads import Threads
from ..runtime.torch_shim import TorchShim
from ..settings import check_number
from ..types import Scorer
from .head_files import ENCODER_FOLDER, read_encoder
from .summaries.ranked import RankedDoc, Shape, ranked_docs
from .summarizer import Summarizer

METHODS = ("lexrank", "centroid")
SIMILARITIES = ("tfidf", "vectors", "both")

NO_ENCODER = "no_encoder"  # name of the model over TF-IDF


class UntrainedSummarizer(Summarizer):
    """Scores sentences by how central they are, from 0 to 1, the best of the Doc. Learns nothing, and needs no gold.

    Over TF-IDF alone it needs no encoder, no weights and no `initialize`, and listens to nothing.

    method (str): "lexrank" or "centroid", see `ranking/centrality.py`.
    similarity (str): "tfidf", "vectors" of an encoder, or "both".
    threshold (float): In [0, 1), of LexRank: from which similarity on sentences are neighbours. None for "continuous
        LexRank".
    """

    is_trainable = False

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str = "bert_summarizer",
        *,
        method: str,
        similarity: str,
        threshold: float | None,
        spans_key: str,
        shape: Shape,
        overwrite: bool,
        scorer: Scorer | None,
    ) -> None:
        for setting, found, allowed in (("method", method, METHODS), ("similarity", similarity, SIMILARITIES)):
            if found not in allowed:
                raise ValueError(Errors.B010.format(found=found, setting=setting, allowed=", ".join(allowed)))
        if threshold is not None:
            check_number("lexrank_threshold", threshold, lambda x: 0 <= x < 1, "from 0 up to below 1")
        self.method, self.similarity, self.threshold = method, similarity, threshold
        super().__init__(
            vocab,
            model if self.reads_encoder else Model(NO_ENCODER, _no_encoder, shims=[TorchShim("head")]),
            name,
            spans_key=spans_key,
            shape=shape,
            overwrite=overwrite,
            controls=LossControls(),
            scorer=scorer,
        )

    @property
    def reads_encoder(self) -> bool:
        return self.similarity != "tfidf"

    @property
    def threads(self) -> Threads | None:
        return super().threads if self.reads_encoder else None

    def require_weights(self) -> None:
        """It has none."""

    @in_own_surroundings
    def initialize(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, nlp: Language | None = None
    ) -> None:
        """Make sure that the encoder has its weights, if one is read."""
        if self.reads_encoder:
            self.upstream.name_listeners()
            self.model.get_ref("encoder").initialize()

    @in_own_surroundings
    def raw_scores(self, docs: Sequence[Doc]) -> list[RankedDoc]:
        """The sentences and their scores."""
        sentences = sentences_of(docs, self.name)
        found: list[np.ndarray | None] = [None] * len(docs)
        if self.reads_encoder:
            self.upstream.name_listeners()
            found = list(self._vectors(docs, sentences))
        ranked = ranked_docs(sentences, np.zeros(len(sentences.first)))
        return [self._scored(doc, of_doc, vectors) for doc, of_doc, vectors in zip(docs, ranked, found)]

    def _vectors(self, docs: Sequence[Doc], sentences: Sentences) -> Iterable[np.ndarray]:
        with torch.no_grad():
            vectors = pool_sentences(self.model.get_ref("encoder").predict(docs), sentences)
        rows = unit_rows(vectors.cpu().double().numpy())
        self.check_scores(rows)
        return np.split(rows, np.cumsum(sentences.per_doc)[:-1])

    def _scored(self, doc: Doc, ranked: RankedDoc, vectors: np.ndarray | None) -> RankedDoc:
        terms = None if self.similarity == "vectors" else terms_of(doc, ranked.first, ranked.last)
        similarities = Similarities(terms, vectors)
        scores = centroid(similarities) if self.method == "centroid" else lexrank(similarities, self.threshold)
        return ranked._replace(scores=relative(scores))

    def decode(self, raw_scores: list[RankedDoc]) -> list[RankedDoc]:
        return raw_scores

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Nothing: there is nothing to learn."""
        return {} if losses is None else losses

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        """An encoder of its own, if it has one."""
        encoder = self.own_encoder()
        if encoder is None or not files.within(ENCODER_FOLDER).names():
            return lambda: None
        return read_encoder(encoder, files)


def _no_encoder(model: Model[Any, Any], docs: Sequence[Doc], is_train: bool) -> Any:
    """RAISES (ValueError): Always: what has no encoder gives no vectors."""
    raise ValueError(Errors.B465.format(name=model.name))
