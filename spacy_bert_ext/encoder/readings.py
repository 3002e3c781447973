"""What a head has the encoder read: its Docs as they are, or something that is made of them.

Most heads read the Docs' own windows, which are encoded once for all of them. A head that reads something else, such as
a question beside each Doc, gives its model a `Reading`, for which the encoder makes a pass of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import torch
from spacy.tokens import Doc
from torch import Tensor, nn

from ..errors import Errors
from ..huggingface.module import input_embeddings_of
from ..kernels.embedding import PieceEmbedding
from ..pieces.batches import Batches
from ..pieces.masks import MaskedPieces, Masking, mask_pieces
from ..pieces.pairs import Cut
from ..pieces.pieces import Pieces
from ..pieces.sentence_pairs import PairBatches, SentencePairs, pair_sentences
from ..pieces.windows import make_windows
from ..types import Bools1d, Ints1d
from .plan import plan_docs, plan_pairs
from .shim import EncoderShim

_MOST_SEED = 2**31


class Reading(ABC):
    """docs: Of the pipeline, of which it is made. In training they are those of the step that it belongs to."""

    docs: Sequence[Doc]

    @abstractmethod
    def plan(self, shim: EncoderShim) -> Batches:
        """What stands in which window. RAISES (ValueError): It fits into none."""

    @abstractmethod
    def repeated(self, n: int) -> "Reading":
        """The same n times, one after the other."""

    @abstractmethod
    def doc_tokens(self) -> Ints1d:
        """Which token of its Doc each token is that is read, in the order of the pieces; -1 for none: (n_tokens,)."""

    def send_back(self, factor: float) -> None:
        """Add gradients of the encoder's own weights, which the head that reads it has used itself, times a factor, to
        what there is. By default there are none: a head leaves its gradients with vectors."""


Texts: TypeAlias = Sequence[Doc] | Reading


@dataclass(frozen=True, eq=False)
class TextPairs(Reading):
    """Windows that hold two texts each, see `plan_pairs`.

    texts: First and second text of each pair in turn: (2 * n_pairs,).
    places: Which token of its Doc each token of each text is, or -1. None if texts that are not Docs themselves have
        none of their tokens.
    cut: Which text goes on in the next window where both are too long for one, see `make_pair_windows`.
    """

    docs: Sequence[Doc]
    texts: Sequence[Doc]
    places: Sequence[Ints1d] | None = None
    cut: Cut = "second"

    def plan(self, shim: EncoderShim) -> Batches:
        return plan_pairs(shim, self.texts, cut=self.cut)

    def repeated(self, n: int) -> "TextPairs":
        places = None if self.places is None else [*self.places] * n
        return replace(self, docs=[*self.docs] * n, texts=[*self.texts] * n, places=places)

    def doc_tokens(self) -> Ints1d:
        docs = set(map(id, self.docs))
        places = self.places or [
            np.arange(len(text)) if id(text) in docs else np.full(len(text), -1) for text in self.texts
        ]
        return np.concatenate([np.zeros(0, np.int64), *places])


@dataclass(eq=False)
class MaskedDocs(Reading):
    """Docs as they are, of whose pieces some are replaced.

    seed: Of the masks; the same seed gives the same.
    masked: Which they are, once they are planned.
    shim: Whose pieces they are, likewise.
    leaf: The weight of the pieces' embedding with a gradient of its own: a language model projects with it, and the
        encoder adds up the gradients of a step by rules of its own.
    """

    docs: Sequence[Doc]
    masking: Masking
    seed: Sequence[int]
    masked: MaskedPieces | None = field(default=None, init=False)
    shim: EncoderShim | None = field(default=None, init=False)
    leaf: Tensor | None = field(default=None, init=False)

    def plan(self, shim: EncoderShim) -> Batches:
        pieces = shim.loaded.tokenize(self.docs)
        return plan_docs(shim, self.docs, self._mask(shim, pieces, np.random.default_rng(self.seed)))

    def _mask(self, shim: EncoderShim, pieces: Pieces, generator: np.random.Generator) -> Pieces:
        vocabulary = shim.loaded.checkpoint.vocabulary(shim.settings.name)
        self.shim, self.masked = shim, mask_pieces(pieces, self.masking, vocabulary, generator)
        return self.masked.pieces

    @property
    def planned(self) -> tuple[MaskedPieces, EncoderShim]:
        """RAISES (ValueError): Nothing has been planned yet."""
        if self.masked is None or self.shim is None:
            raise ValueError(Errors.B486)
        return self.masked, self.shim

    def projection(self, *, is_train: bool) -> Tensor:
        """The weight of the pieces' embedding: (n_vocabulary, width)."""
        _, shim = self.planned
        weight = embedding_of(shim).weight
        if not (is_train and weight.requires_grad):
            return weight
        self.leaf = weight.detach().requires_grad_()
        return self.leaf

    def send_back(self, factor: float) -> None:
        gradient = None if self.leaf is None else self.leaf.grad
        if gradient is None:
            return
        _, shim = self.planned
        embedding = embedding_of(shim)
        if isinstance(embedding, PieceEmbedding):
            embedding.is_tied = True
        gradient = gradient if factor == 1 else gradient.mul_(factor)
        weight = embedding.weight
        weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
        self.leaf = None

    def repeated(self, n: int) -> "MaskedDocs":
        return MaskedDocs([*self.docs] * n, self.masking, self.seed)

    def doc_tokens(self) -> Ints1d:
        return doc_tokens_of(self.docs)


@dataclass(eq=False)
class MaskedPairs(MaskedDocs):
    """The same of pairs of segments, see `pair_sentences`: which follows which is to be predicted, too.

    sentence_starts: Of each Doc, whether a sentence begins with each token: (n_tokens,) each.
    read: What the Docs were made into, once they are planned.
    """

    sentence_starts: Sequence[Bools1d]
    read: SentencePairs | None = field(default=None, init=False)

    def plan(self, shim: EncoderShim) -> Batches:
        special, limit, settings = shim.loaded.special, shim.loaded.limit, shim.settings
        generator = np.random.default_rng(self.seed)
        room = settings.window_pieces - special.n_around
        self.read = pair_sentences(
            shim.loaded.tokenize(self.docs),
            np.concatenate([np.zeros(0, np.bool_), *self.sentence_starts]),
            special=special,
            capacity=room - len(special.between),
            generator=generator,
        )
        pieces = self._mask(shim, self.read.pieces, generator)
        windows = make_windows(self.docs, pieces, capacity=room, overlap=settings.overlap_pieces)
        return PairBatches(self.read, pieces, windows, special=special, limit=limit)

    def repeated(self, n: int) -> "MaskedPairs":
        return MaskedPairs([*self.docs] * n, self.masking, self.seed, [*self.sentence_starts] * n)

    def doc_tokens(self) -> Ints1d:
        return super().doc_tokens() if self.read is None else self.read.tokens


def new_mask_seed() -> tuple[int]:
    """Drawn by torch's generator, which is one of those that a resumed training goes on with."""
    return (int(torch.randint(_MOST_SEED, ())),)


def embedding_of(shim: EncoderShim) -> nn.Embedding:
    embedding: nn.Embedding = input_embeddings_of(shim.loaded_module)
    return embedding


def plan_texts(shim: EncoderShim, texts: Texts) -> Batches:
    return texts.plan(shim) if isinstance(texts, Reading) else plan_docs(shim, texts)


def repeated(texts: Texts, n: int) -> Texts:
    return texts.repeated(n) if isinstance(texts, Reading) else [*texts] * n


def doc_tokens_of(texts: Texts) -> Ints1d:
    """See `Reading.doc_tokens`: (n_tokens,)."""
    if isinstance(texts, Reading):
        return texts.doc_tokens()
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(len(doc)) for doc in texts)])


def docs_of(texts: Texts) -> Sequence[Doc]:
    """The Docs of the pipeline."""
    return texts.docs if isinstance(texts, Reading) else texts
