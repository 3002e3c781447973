"""Words of texts that were annotated are forgotten, also where several Python threads share a pipeline."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from spacy.language import Language

MOST_TEXTS = 20_000  # of a zone, before new ones wait for it to end


class SharedZone:
    """spaCy's `memory_zone`, which can't be nested, for all threads that are in it.

    It ends when the last of them leaves. Where they follow each other without a gap, those that come after
    `MOST_TEXTS` texts wait until it has ended.
    """

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._changed = threading.Condition()
        self._open = ExitStack()
        self._n_inside = self._n_texts = 0

    @contextmanager
    def entered(self, n_texts: int) -> Iterator[None]:
        """Docs that are made within must not be used afterwards."""
        with self._changed:
            while self._n_inside and self._n_texts >= MOST_TEXTS:
                self._changed.wait()
            if not self._n_inside:
                self._open.enter_context(self._nlp.memory_zone())
                self._n_texts = 0
            self._n_inside += 1
            self._n_texts += n_texts
        try:
            yield
        finally:
            with self._changed:
                self._n_inside -= 1
                if not self._n_inside:
                    self._open.close()
                    self._changed.notify_all()
