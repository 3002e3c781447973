"""Words a second of two pipelines, in turns."""

import time
from collections.abc import Iterable, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from .progress import bar

ROUNDS = 3
MOST_WORDS = 4000  # in a round: a second or so on a CPU


def words_per_second(pipelines: Sequence[Language], docs: Iterable[Doc]) -> list[float]:
    """Of each pipeline the median over rounds, from text to annotated Doc. Load of other programs falls on all alike.

    docs (Iterable[Doc]): Their texts are taken until there are words enough.
    """
    texts: list[str] = []
    n_words = 0
    for doc in docs:
        if n_words >= MOST_WORDS:
            break
        texts.append(doc.text)
        n_words += len(doc)
    seconds: list[list[float]] = [[] for _ in pipelines]
    with bar("Speed", ROUNDS * len(pipelines), "runs") as progress:
        for nlp in pipelines:
            nlp(texts[0])  # the first call prepares
        for _ in range(ROUNDS):
            for nlp, taken in zip(pipelines, seconds):
                begin = time.perf_counter()
                for _ in nlp.pipe(texts):
                    pass
                taken.append(time.perf_counter() - begin)
                progress.update()
    return [n_words / float(np.median(taken)) for taken in seconds]
