"""Doc → piece ids, looked up per distinct token text.

A fast tokenizer treats every word of pre-split input by itself, so the pieces of a token depend on its text alone. Each
distinct text is therefore tokenized once and gathered with array operations afterwards.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from spacy.strings import StringStore
from spacy.tokens import Doc
from tokenizers import Tokenizer

from ..arrays.ragged import expand_ranges, starts_of
from ..runtime.forks import Lock
from ..types import Bools1d, Ints1d, Keys1d
from .pieces import Pieces
from .plain_text import plain_text_copy
from .tokens import text_of_key, tokens_of_all

MAX_TABLE_TEXTS = 500_000  # distinct token texts, roughly 40 MB
MAX_TABLE_PIECES = 2_000_000  # of these: a token may hold a whole text, such as the second one of a pair


class _Table(NamedTuple):
    """Known token texts, sorted by hash. Never changed, only replaced, so that threads can read it without a lock."""

    keys: Keys1d
    starts: Ints1d
    lengths: Ints1d
    blank: Bools1d
    ids: Ints1d


_NO_INTS = np.zeros(0, np.int64)
_EMPTY = _Table(
    keys=np.zeros(0, np.uint64), starts=_NO_INTS, lengths=_NO_INTS, blank=np.zeros(0, np.bool_), ids=_NO_INTS
)


class PieceTokenizer:
    """Tokens to pieces with a checkpoint's own fast tokenizer.

    tokenizer (Tokenizer): The backend of a transformers fast tokenizer, of which a copy is used, see `plain_text_copy`.
    special (Iterable[str]): Pieces that no text makes, besides those that the tokenizer knows as special.
    max_texts (int): Distinct token texts that are remembered; past it the table starts anew.
    """

    def __init__(self, tokenizer: Tokenizer, *, special: Iterable[str] = (), max_texts: int = MAX_TABLE_TEXTS) -> None:
        special = tuple(special)
        # Of the original, since a tokenizer's own pickle forgets how it takes special pieces.
        self._made_of = partial(PieceTokenizer, special=special, max_texts=max_texts), (tokenizer,)
        self._tokenizer = plain_text_copy(tokenizer, special)
        self._max_texts = max_texts
        self._table = _EMPTY
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made_of

    @property
    def n_known_texts(self) -> int:
        return len(self._table.keys)

    def __call__(self, docs: Sequence[Doc]) -> Pieces:
        """Piece ids equal to those of the fast tokenizer with `is_split_into_words=True, split_special_tokens=True`."""
        tokens_per_doc = np.fromiter((len(doc) for doc in docs), dtype=np.int64, count=len(docs))
        tokens = tokens_of_all(docs)
        table, rows = self._look_up(tokens[:, 0], {id(doc.vocab): doc.vocab.strings for doc in docs}.values())
        per_token = table.lengths[rows]
        ids = table.ids[expand_ranges(table.starts[rows], per_token)]
        token_ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(per_token)])
        doc_ends = np.cumsum(tokens_per_doc)
        per_doc = token_ends[doc_ends] - token_ends[doc_ends - tokens_per_doc]
        return Pieces(
            ids=ids,
            per_token=per_token,
            per_doc=per_doc,
            tokens_per_doc=tokens_per_doc,
            taggable=(per_token > 0) & ~table.blank[rows],
            tokens=tokens,
        )

    def _look_up(self, keys: Keys1d, stores: Iterable[StringStore]) -> tuple[_Table, Ints1d]:
        """The table and, for every key, its row in it."""
        table = self._table
        rows, found = _find(table, keys)
        if not found.all():
            with self._lock:
                table = self._with_texts(self._table, keys, list(stores))
                self._table = table
            rows, found = _find(table, keys)
        return table, rows

    def _with_texts(self, table: _Table, keys: Keys1d, stores: Sequence[StringStore]) -> _Table:
        """The table with all of these keys."""
        wanted = np.unique(keys)
        missing = wanted[~_find(table, wanted)[1]]
        if len(table.keys) + len(missing) > self._max_texts or len(table.ids) > MAX_TABLE_PIECES:
            table, missing = _EMPTY, wanted
        texts = [text_of_key(key, stores) for key in missing.tolist()]
        ids, lengths = self._tokenize(texts)
        blank = np.fromiter((text.isspace() or not text for text in texts), dtype=np.bool_, count=len(texts))
        starts = starts_of(lengths) + len(table.ids)
        order = np.argsort(np.concatenate([table.keys, missing]), kind="stable")

        def merged(old: np.ndarray, new: np.ndarray) -> np.ndarray:
            return np.concatenate([old, new])[order]

        return _Table(
            keys=merged(table.keys, missing),
            starts=merged(table.starts, starts),
            lengths=merged(table.lengths, lengths),
            blank=merged(table.blank, blank),
            ids=np.concatenate([table.ids, ids]),
        )

    def _tokenize(self, texts: list[str]) -> tuple[Ints1d, Ints1d]:
        """Piece ids of all texts, one after the other, and how many each has."""
        encoding = self._tokenizer.encode(texts, is_pretokenized=True, add_special_tokens=False)
        words = np.array(encoding.word_ids, dtype=np.int64)
        return np.array(encoding.ids, dtype=np.int64), np.bincount(words, minlength=len(texts)).astype(np.int64)


def _find(table: _Table, keys: Keys1d) -> tuple[Ints1d, Bools1d]:
    rows = np.searchsorted(table.keys, keys)
    if not len(table.keys):
        return rows, np.zeros(len(keys), np.bool_)
    rows = np.minimum(rows, len(table.keys) - 1)
    return rows, table.keys[rows] == keys
