"""An encoder that would read what stands around a Doc, and Docs that nobody has told it of."""

import warnings
from collections.abc import Callable, Iterable, Iterator

from spacy.language import Language
from spacy.training import Example
from thinc.api import Model

from ...encoder.shim import EncoderShim
from ...errors import Warnings
from ...pieces.document_context import CONTEXT

N_DOCS = 100  # that are looked at

Corpus = Callable[[Language], Iterable[Example]]


def with_context_told(corpus: Corpus) -> Corpus:
    """The corpus; the first time that it is read, it warns if its first Docs have no context and an encoder wants it.

    One Doc that is a whole document has none; among many, some are parts.
    """
    is_done = False

    def read(nlp: Language) -> Iterator[Example]:
        nonlocal is_done
        n_docs, is_told, wanting = 0, is_done, dict(_wanting(nlp))
        for eg in corpus(nlp):
            yield eg
            is_told = is_told or CONTEXT in eg.predicted.user_data
            n_docs += 1
            if n_docs == N_DOCS and not is_done:
                is_done = True
                _warn(wanting, is_told, n_docs)
        if not is_done and n_docs:
            is_done = True
            _warn(wanting, is_told, n_docs)

    return read


def _warn(wanting: dict[str, int], is_told: bool, n_docs: int) -> None:
    for name, found in wanting.items() if not is_told else ():
        warnings.warn(Warnings.B554.format(name=name, found=found, n_docs=n_docs))


def _wanting(nlp: Language) -> Iterator[tuple[str, int]]:
    """Names of components whose encoder reads context, and its `context_pieces`."""
    for name, pipe in nlp.pipeline:
        model = getattr(pipe, "model", None)
        for node in model.walk() if isinstance(model, Model) else ():
            shim = node.shims[0] if node.shims else None
            if isinstance(shim, EncoderShim) and shim.settings.context_pieces:
                yield name, shim.settings.context_pieces
