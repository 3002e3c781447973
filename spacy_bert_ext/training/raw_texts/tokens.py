"""Texts → tokens with sentences, so that no vocabulary grows with the text.

spaCy's vocabulary and string store keep each word that they meet. The pipeline's own ones are not given the words of
raw text: spaCy's tokenizer is copied onto a vocabulary that is exchanged for a new one before it grows large. Any other
tokenizer works inside of `nlp.memory_zone()`, which forgets what is new.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from spacy.attrs import IS_PUNCT, ORTH, SENT_START, SPACY
from spacy.lang.lex_attrs import is_punct
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...arrays.ragged import starts_of
from ...pieces.tokens import text_of_key
from ..piece_counts import PieceCounter
from .packing import Tokenized
from .sentences import sentence_starts
from .texts import Text

CHUNK_LENGTH = 2**19  # characters that are tokenized together
MAX_WORDS = 100_000  # distinct ones, of the copied tokenizer's vocabulary
_ATTRIBUTES = [ORTH, SPACY, IS_PUNCT]
_CHARACTERS_PER_TOKEN = 5
RUN_LENGTH = 1000  # characters without a blank: spaCy's tokenizer takes them apart in quadratic time


class TextTokens:
    """Tokenizes texts with the tokenizer of a pipeline.

    count (PieceCounter): Counts the pieces of tokens.
    """

    def __init__(self, nlp: Language, count: PieceCounter) -> None:
        self._nlp = nlp
        self._count = count
        self._copy: Tokenizer | None = None

    def of(self, texts: Iterable[Text]) -> Iterator[Tokenized]:
        """The tokens of all texts, many at once."""
        for chunk in _chunks(texts):
            tokenized = self._of_chunk(chunk)
            if len(tokenized.keys):
                yield tokenized

    def _of_chunk(self, texts: Sequence[Text]) -> Tokenized:
        own = self._nlp.tokenizer
        if type(own) is Tokenizer:
            if self._copy is None or len(self._copy.vocab) > MAX_WORDS:
                self._copy = _copy_of(own)
            return self._tokenized(texts, self._copy, RUN_LENGTH)
        # Zones can't be nested.
        vocab: Any = self._nlp.vocab  # spaCy's stubs lack `in_memory_zone`
        with nullcontext() if vocab.in_memory_zone else self._nlp.memory_zone():
            return self._tokenized(texts, own, None)

    def _tokenized(self, texts: Sequence[Text], tokenizer: Callable[[str], Doc], run_length: int | None) -> Tokenized:
        parts = [
            (doc, text.begins and i == 0)
            for text in texts
            for i, doc in enumerate(_docs_of(text.content, tokenizer, run_length))
        ]
        docs = [doc for doc, _ in parts]
        found = np.concatenate(
            [np.zeros((0, len(_ATTRIBUTES)), np.uint64), *(doc.to_array(_ATTRIBUTES) for doc in docs)]
        )
        keys, spaces, is_punct = found[:, 0].copy(), found[:, 1].astype(np.bool_), found[:, 2].astype(np.bool_)
        starts = starts_of(np.array([len(doc) for doc in docs], dtype=np.int64))
        begins = np.array([begins_text for _, begins_text in parts], dtype=np.bool_)
        text_starts = np.zeros(len(keys), np.bool_)
        text_starts[starts[begins]] = True
        # Between two texts of a window there is a space.
        spaces[starts[1:][begins[1:]] - 1] = True
        begins[:1] = True  # what goes on with a text from the chunk before
        sentences = sentence_starts(keys, is_punct, starts[begins])
        for doc, start in zip(docs, starts.tolist()):
            if len(doc) > 1 and doc.has_annotation("SENT_START"):
                sentences[start + 1 : start + len(doc)] = doc.to_array(SENT_START)[1:] == 1
        stores = list({id(doc.vocab): doc.vocab.strings for doc in docs}.values())
        return Tokenized(
            keys=keys,
            words=[text_of_key(key, stores) for key in np.unique(keys).tolist()],
            spaces=spaces,
            n_pieces=self._count.per_token(docs),
            sentence_starts=sentences,
            text_starts=text_starts,
        )


def _chunks(texts: Iterable[Text]) -> Iterator[list[Text]]:
    chunk: list[Text] = []
    length = 0
    for text in texts:
        chunk.append(text)
        # Docs have tokens, not characters, of which counting takes time.
        length += len(text.content) * (_CHARACTERS_PER_TOKEN if isinstance(text.content, Doc) else 1)
        if length >= CHUNK_LENGTH:
            yield chunk
            chunk, length = [], 0
    if chunk:
        yield chunk


def _docs_of(content: str | Doc, tokenizer: Callable[[str], Doc], run_length: int | None) -> list[Doc]:
    if isinstance(content, Doc):
        return [content]
    docs = [tokenizer(part) for part in ([content] if run_length is None else _parts(content, run_length))]
    return [doc for doc in docs if len(doc)]


def _parts(text: str, run_length: int) -> list[str]:
    """The text, cut within runs of characters without a blank that are longer."""
    if len(text) <= run_length or len(max(text.split(), key=len, default="")) <= run_length:
        return [text]
    cuts = [
        place
        for run in re.finditer(rf"\S{{{run_length + 1},}}", text)
        for place in range(run.start() + run_length, run.end(), run_length)
    ]
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)])]


def _copy_of(tokenizer: Tokenizer) -> Tokenizer:
    """The same, with a new vocabulary, which knows of words no more than whether they are punctuation."""
    return Tokenizer(
        Vocab(lex_attr_getters={IS_PUNCT: is_punct}),
        tokenizer.rules,
        tokenizer.prefix_search,
        tokenizer.suffix_search,
        tokenizer.infix_finditer,
        tokenizer.token_match,
        tokenizer.url_match,
        faster_heuristics=tokenizer.faster_heuristics,
        max_cache_size=MAX_WORDS,
    )
