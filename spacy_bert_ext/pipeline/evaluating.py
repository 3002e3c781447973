"""`nlp.evaluate` with a progress bar."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tqdm
from spacy.language import Language
from spacy.tokens import Doc

from ..runtime.progress import bar


@contextmanager
def shown_pipe(nlp: Language, title: str, total: int | None = None) -> Iterator["tqdm.tqdm[None]"]:
    """Have `nlp.pipe`, which `nlp.evaluate` calls, count its Docs until the block ends.

    total (int): Of Docs; it may also be set later, in the bar that is given.
    """
    pipe = nlp.pipe
    with bar(title, total) as progress:

        def shown(docs: Iterable[Any], **options: Any) -> Iterator[Doc]:
            for doc in pipe(docs, **options):
                progress.update()
                yield doc

        had = vars(nlp).get("pipe")
        vars(nlp)["pipe"] = shown
        try:
            yield progress
        finally:
            if had is None:
                del vars(nlp)["pipe"]
            else:
                vars(nlp)["pipe"] = had
