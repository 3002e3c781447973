"""Corpora of parts of documents: sentences that are told what stands around them."""

import errno
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from spacy.errors import Errors as SpacyErrors
from spacy.language import Language
from spacy.training import Corpus, Example
from spacy.training.corpus import walk_corpus

from ..errors import Errors
from ..pieces.document_context import CONTEXT, CONTEXT_TOKENS, set_contexts
from ..pipeline.reading import hand_over_all
from ..runtime.progress import counted
from ..settings import check_whole_number

Augmenter = Callable[[Language, Example], Iterator[Example]]

FILE_TYPE = ".spacy"
_ZLIB = b"\x78"  # as which DocBin compresses

DOCUMENT_ID = "document_id"  # key in `doc.user_data`


def create_context_corpus_v1(
    path: Path | None,
    context_tokens: int = CONTEXT_TOKENS,
    limit: int = 0,
    augmenter: Augmenter | None = None,
) -> "ContextCorpus":
    """Docs of .spacy files, in their order, for an encoder with `context_pieces`.

    Docs that follow each other and have the same `doc.user_data["document_id"]` are parts of one document. Save them
    with `DocBin(store_user_data=True)`.

    path (Path): File or folder.
    context_tokens (int): How many tokens on each side a Doc is told of, 1 or more.
    limit (int): Read no more than so many Docs; 0 for all.
    augmenter (Callable): As in spaCy's `Corpus.v1`; new examples have the context of the one that they come from.
    RAISES (ValueError): No path, or a Doc without a `document_id`.
    """
    if path is None:
        raise ValueError(SpacyErrors.E913)
    check_whole_number("context_tokens", context_tokens, 1)
    return ContextCorpus(path, context_tokens, limit, augmenter)


def read_examples(path: Path, nlp: Language) -> list[Example]:
    """Annotated Docs to evaluate on. Those that are parts of documents are told what stands around them, and all have
    what gold Docs are given beside their text.

    RAISES (ValueError): There is no .spacy file there.
    """
    check_spacy_files(path)
    examples = counted(_with_contexts(Corpus(path)(nlp), CONTEXT_TOKENS), "Reading the corpus")
    return hand_over_all(nlp, examples)


def check_spacy_files(path: Path) -> None:
    """RAISES (ValueError): There is no file that spaCy's reader would read, or one that it can't.
    RAISES (FileNotFoundError): There is nothing.
    """
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W090\]")  # of no files, which is an error here
        files = walk_corpus(path, FILE_TYPE)
    fault = None
    if not files:
        fault = "is no .spacy file" if path.is_file() else "is a folder without .spacy files"
    for file in files:
        with file.open("rb") as opened:
            if opened.read(1) != _ZLIB:
                path, fault = file, "is called a .spacy file, but holds something else"
    if fault is not None:
        raise ValueError(Errors.B555.format(path=path, fault=fault))


def _with_contexts(examples: Iterable[Example], context_tokens: int) -> Iterator[Example]:
    """The examples; neighbours with the same document are told of each other."""
    for document, group in groupby(examples, key=_document_of):
        parts = list(group)
        if document is not None:
            set_contexts([eg.predicted for eg in parts], context_tokens)
        yield from parts


def _document_of(eg: Example) -> str | int | None:
    return eg.reference.user_data.get(DOCUMENT_ID)


class ContextCorpus:
    """See `create_context_corpus_v1`."""

    def __init__(self, path: Path, context_tokens: int, limit: int, augmenter: Augmenter | None) -> None:
        self.path = path
        self.context_tokens = context_tokens
        self._corpus = Corpus(path, limit=limit)
        self._augmenter = augmenter

    def __call__(self, nlp: Language) -> Iterator[Example]:
        for eg in _with_contexts(map(self._checked, self._corpus(nlp)), self.context_tokens):
            yield from self._augmented(nlp, eg)

    def _checked(self, eg: Example) -> Example:
        if _document_of(eg) is None:
            raise ValueError(Errors.B063.format(path=self.path, text=eg.reference.text[:50]))
        return eg

    def _augmented(self, nlp: Language, eg: Example) -> Iterator[Example]:
        if self._augmenter is None:
            yield eg
            return
        for augmented in self._augmenter(nlp, eg):
            augmented.predicted.user_data.setdefault(CONTEXT, eg.predicted.user_data[CONTEXT])
            yield augmented
