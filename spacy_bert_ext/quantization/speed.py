"""Words a second of two pipelines, in turns."""

import time
from collections.abc import Iterable, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ..pipeline.reading import given_anew
from ..runtime.progress import bar

ROUNDS = 3
MOST_WORDS = 4000  # in a round: a second or so on a CPU


def words_per_second(pipelines: Sequence[Language], docs: Iterable[Doc]) -> list[float]:
    """Of each pipeline the median over rounds, from text to annotated Doc. Load of other programs falls on all alike.

    docs (Iterable[Doc]): Their texts, and what they are given beside them, are taken until there are words enough.
    """
    taken_docs: list[Doc] = []
    n_words = 0
    for doc in docs:
        if n_words >= MOST_WORDS:
            break
        taken_docs.append(doc)
        n_words += len(doc)
    seconds: list[list[float]] = [[] for _ in pipelines]
    with bar("Speed", ROUNDS * len(pipelines), "runs") as progress:
        for nlp in pipelines:
            nlp(given_anew(nlp, taken_docs[0]))  # the first call prepares
        for _ in range(ROUNDS):
            for nlp, taken in zip(pipelines, seconds):
                begin = time.perf_counter()
                for _ in nlp.pipe(given_anew(nlp, doc) for doc in taken_docs):
                    pass
                taken.append(time.perf_counter() - begin)
                progress.update()
    return [n_words / float(np.median(taken)) for taken in seconds]
