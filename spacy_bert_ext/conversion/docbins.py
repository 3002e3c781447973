"""Docs to and from `.spacy` files. One of very many Docs becomes a folder of several, which spaCy reads as well."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spacy.tokens import Doc, DocBin
from spacy.training.corpus import walk_corpus
from spacy.vocab import Vocab

from ..errors import Errors
from ..files.folders import file_written_whole
from ..files.unfinished import OLD
from ..runtime.packing import look_up_once

SUFFIX = ".spacy"
MAX_TOKENS = 500_000  # of one file: what is not written yet is in memory, about 300 bytes a token
FIRST_FILE = f"0001{SUFFIX}"


class DocsWriter:
    """n_docs: Added so far. n_files: Written so far."""

    def __init__(self, target: Path) -> None:
        self.n_docs = self.n_files = 0
        self._target, self._is_finished = target, False
        self._docs, self._n_tokens = DocBin(store_user_data=True), 0
        look_up_once()

    def add(self, doc: Doc) -> None:
        if self._n_tokens and self._n_tokens + len(doc) > MAX_TOKENS:
            self._write(self._next_file())
        self._docs.add(doc)
        self._n_tokens += len(doc)
        self.n_docs += 1

    def finish(self) -> None:
        """Afterwards the target is a file, or a folder if one was not enough; once that is so, nothing happens."""
        if not self._is_finished:
            self._write(self._next_file() if self.n_files else self._target)
            self._is_finished = True

    def _next_file(self) -> Path:
        self._target.mkdir(exist_ok=True)
        return self._target / f"{self.n_files + 1:04}{SUFFIX}"

    def _write(self, file: Path) -> None:
        self._docs.to_disk(file)
        self.n_files += 1
        self._docs, self._n_tokens = DocBin(store_user_data=True), 0


@contextmanager
def docs_written_whole(target: Path) -> Iterator[DocsWriter]:
    """The Docs take the place of those that are there when the block ends well; without any, nothing is written.

    target: A file that ends in .spacy, or what an earlier call has made of it.
    RAISES (ValueError): The name ends otherwise, or a folder is there that is none of these.
    RAISES (SaveError): It can't be written.
    """
    if target.suffix != SUFFIX or (target.is_dir() and not (target / FIRST_FILE).exists()):
        raise ValueError(Errors.B479.format(path=target))
    with file_written_whole(target) as new:
        writer = DocsWriter(new)
        yield writer
        writer.finish()
        if target.exists() and (target.is_dir() or new.is_dir()):
            # A file can't take the place of a folder in one step, nor the reverse. A process that is killed in between
            # leaves the old one and the new one there, and the next one finishes.
            Path(os.path.realpath(target)).rename(new.parent / OLD)


def is_docs(path: Path) -> bool:
    """Whether it is a `.spacy` file, or a folder of such files alone."""
    if not path.is_dir():
        return path.suffix == SUFFIX
    files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    return bool(files) and all(file.suffix == SUFFIX for file in files)


def read_docs(path: Path, vocab: Vocab) -> Iterator[Doc]:
    """Of a `.spacy` file, or of all in a folder.

    RAISES (ValueError): There is none, or one is no such file. RAISES (OSError): It can't be read.
    """
    look_up_once()
    files = sorted(walk_corpus(path, SUFFIX)) if path.is_dir() else [path]
    if not files:
        raise ValueError(Errors.B492.format(path=path, reason="the folder holds none"))
    for file in files:
        try:
            docs = DocBin().from_disk(file)
        except (ValueError, KeyError, TypeError, EOFError) as error:  # of msgpack
            raise ValueError(Errors.B492.format(path=file, reason="it is no such file")) from error
        yield from docs.get_docs(vocab)
