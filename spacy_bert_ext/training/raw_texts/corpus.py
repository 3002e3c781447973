"""The reader of raw text: Docs that each fill a window."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch
from spacy.vocab import Vocab

from ...errors import Errors
from ...pieces.tokenizers import check_pieces_from
from ...settings import check_whole_number
from ..piece_counts import PieceCounter, piece_counter
from .files import find_files
from .packing import Packer, Window
from .texts import Text, check_text_per, read_texts
from .tokens import TextTokens

_BUFFER_IN_ORDER = 256  # windows whose Docs share a vocabulary
_IN_TOKENS = PieceCounter(None, n_special=2)


def create_raw_texts_v1(
    path: Path | None,
    text_per: str = "line",
    text_key: str = "text",
    window_pieces: int = 256,
    across_texts: bool = True,
    shuffle: bool = True,
    buffer_windows: int = 4096,
    limit: int = 0,
    seed: int = 0,
    name: str | None = None,
    revision: str | None = None,
    pieces_from: str = "tokens",
) -> "RawTexts":
    """Raw text for pre-training, see `RawTexts`.

    path (Path): A file, or a folder whose files, at any depth, are read in sorted order. They are .txt, JSON lines
        (.jsonl, .json, .ndjson) or .spacy, each also compressed by gzip (.gz). Any other file is read as text if it is
        named. Text is UTF-8.
    text_per (str): In text files each "line" is a text, or each "paragraph", which blank lines end. A text of more than
        131,072 characters is read in parts, and a sentence may be cut there.
    text_key (str): Where the text stands in each object of JSON lines.
    window_pieces (int): As in the encoder's config.
    across_texts (bool): Whether a Doc may hold several texts. Without it windows are not full where texts are short.
    shuffle (bool): Whether Docs come in another order in each pass: they are mixed within buffers.
    buffer_windows (int): How many Docs are mixed with each other, 1 or more.
    limit, seed (int): Read no more than so many Docs, the first ones, 0 for all. Of the order, 0 or more.
    name, revision, pieces_from: As in the encoder's config, of the tokenizer. Without a name tokens count as pieces.
    RAISES (ValueError): A setting out of its range.
    """
    check_text_per(text_per)
    check_pieces_from(pieces_from)
    for setting, found, lowest in (
        ("window_pieces", window_pieces, 1),
        ("buffer_windows", buffer_windows, 1),
        ("limit", limit, 0),
        ("seed", seed, 0),
    ):
        check_whole_number(setting, found, lowest)
    return RawTexts(
        None if path is None else Path(path),
        text_per=text_per,
        text_key=text_key,
        window_pieces=window_pieces,
        across_texts=across_texts,
        buffer_windows=buffer_windows if shuffle else None,
        limit=limit,
        seed=seed,
        tokenizer=None if name is None else (name, revision, pieces_from),
    )


class RawTexts:
    """Raw text as Docs that each fill a window of the encoder. It is never in memory as a whole, however large it is.

    Texts are tokenized by the pipeline's tokenizer, and whole sentences, in their order, are put together to Docs.
    Sentences are those that Docs of .spacy files have, else those of spaCy's `Sentencizer`. A sentence that is longer
    than a window is cut between tokens, and nothing of it is left out; a token that is longer is a Doc by itself. A Doc
    has its sentences in `doc.sents`.

    Each call is a pass. It reads the files anew, and its order depends on `seed` and the number of the pass alone,
    which the reader counts from 0: a training that is resumed draws all its batches again, from the first pass on. Set
    `max_epochs = -1` in [training], so that spaCy asks for one pass after the other.

    A pass raises ValueError: no path, nothing there, no text in it, or something that is no text, with its file and
    line. What stands further on in the text than the first buffer is found only when it is reached, after many steps.

    buffer_windows: None for no other order than that of the files.
    tokenizer: Name, revision and `pieces_from`, as in the encoder's config.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        text_per: str,
        text_key: str,
        window_pieces: int,
        across_texts: bool,
        buffer_windows: int | None,
        limit: int,
        seed: int,
        tokenizer: tuple[str, str | None, str] | None,
    ) -> None:
        self.path = path
        self._text_per, self._text_key = text_per, text_key
        self._window_pieces, self._across_texts = window_pieces, across_texts
        self._buffer_windows, self._limit, self._seed = buffer_windows, limit, seed
        self._tokenizer = tokenizer
        self._n_passes = 0

    def __call__(self, nlp: Language) -> Iterator[Example]:
        n_pass = self._n_passes
        self._n_passes += 1
        return self._read(nlp, n_pass)

    def _read(self, nlp: Language, n_pass: int) -> Iterator[Example]:
        generator = np.random.default_rng([self._seed, n_pass])
        for windows in minibatch(self._windows(nlp), size=self._buffer_windows or _BUFFER_IN_ORDER):
            if self._buffer_windows is not None:
                windows = [windows[i] for i in generator.permutation(len(windows)).tolist()]
            for doc in _docs_of(windows):
                yield Example(doc, doc)

    def _windows(self, nlp: Language) -> Iterator[Window]:
        if self.path is None:
            raise ValueError(Errors.B401)
        files = find_files(self.path)
        count = _IN_TOKENS if self._tokenizer is None else piece_counter(*self._tokenizer)
        room = self._window_pieces - count.n_special
        if room < 2:
            allowed = f"{count.n_special + 2} or more"
            found = self._window_pieces
            raise ValueError(Errors.B012.format(setting="window_pieces", found=found, allowed=allowed))
        texts = chain.from_iterable(
            read_texts(file, text_per=self._text_per, text_key=self._text_key) for file in files
        )
        windows = _packed(TextTokens(nlp, count), texts, Packer(room, across_texts=self._across_texts))
        n_windows = 0
        for window in islice(windows, self._limit or None):
            n_windows += 1
            yield window
        if not n_windows:
            raise ValueError(Errors.B405.format(path=self.path, n_files=len(files)))


def _packed(tokens: TextTokens, texts: Iterable[Text], packer: Packer) -> Iterator[Window]:
    for tokenized in tokens.of(texts):
        yield from packer.add(tokenized)
    yield from packer.close()


def _docs_of(windows: list[Window]) -> Iterator[Doc]:
    """Docs that share a vocabulary, which is freed with them."""
    vocab = Vocab()
    for tokens in {id(run.tokens): run.tokens for window in windows for run in window}.values():
        for word in tokens.words:
            vocab.strings.add(word)
    for window in windows:
        yield _doc_of(window, vocab)


def _doc_of(window: Window, vocab: Vocab) -> Doc:
    keys, spaces, starts = (
        np.concatenate([getattr(run.tokens, name)[run.start : run.end] for run in window])
        for name in ("keys", "spaces", "sentence_starts")
    )
    spaces[-1] = False
    starts[0] = True
    doc = Doc(vocab, words=keys.tolist(), spaces=spaces.tolist())
    marks = np.where(starts, 1, -1).astype(np.int64).astype(np.uint64)
    attributes: Any = marks.reshape(-1, 1)  # spaCy's annotation has signed ones
    return doc.from_array([SENT_START], attributes)
