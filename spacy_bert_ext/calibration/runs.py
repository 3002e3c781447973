"""A pipeline run over Docs, with the raw scores of its heads kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..pipeline.streams import buffers


class Run(NamedTuple):
    """A buffer of a pipeline's work.

    docs: As the whole pipeline leaves them.
    raw_scores: What the heads' models gave, by name.
    """

    docs: list[Doc]
    raw_scores: dict[str, Any]


def run_with_scores(nlp: Language, names: Sequence[str], docs: Iterable[Doc]) -> Iterator[Run]:
    """Annotate Docs as `nlp.pipe` does, buffer by buffer.

    names (Sequence[str]): Heads whose raw scores are kept.
    """
    for buffer in buffers(docs, nlp.batch_size):
        run = Run(buffer, {})
        components: list[tuple[str, Any]] = nlp.pipeline
        for name, pipe in components:
            if name in names:
                run.raw_scores[name] = pipe.raw_scores(run.docs)
                pipe.set_annotations(run.docs, pipe.decode(run.raw_scores[name]))
            else:
                run = run._replace(docs=list(_annotated(pipe, run.docs, nlp.batch_size)))
        yield run


def _annotated(pipe: Any, docs: list[Doc], batch_size: int) -> Iterable[Doc]:
    if hasattr(pipe, "pipe"):
        found: Iterable[Doc] = pipe.pipe(docs, batch_size=batch_size)
        return found
    call: Callable[[Doc], Doc] = pipe
    return map(call, docs)
