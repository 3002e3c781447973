"""A loaded pipeline that annotates lists of values, each of which gets its columns or its fault."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import Errors
from ..messages.coded import bare
from ..pipeline.reading import give
from ..runtime.memory import is_out_of_memory
from ..runtime.packing import look_up_once
from .columns import COLUMNS
from .texts import Checked
from .zones import SharedZone

MANY = 20  # texts: if all of so many fail, it is not for what they say


class Input(NamedTuple):
    """given: What the Doc is given beside its text, by extension: `doc._.pair`, `doc._.questions`.

    words, spaces: Tokens of the text, where they are not the pipeline's.
    """

    text: Checked
    given: Mapping[str, Any] = {}
    words: Sequence[str] | None = None
    spaces: Sequence[bool] | None = None


class Found(NamedTuple):
    """values: Of the columns that were asked for, in their order; None if there is a fault."""

    values: tuple[Any, ...] | None
    fault: str | None


class _Run:
    """One list that is annotated: what was found for each of it."""

    def __init__(self, n_inputs: int) -> None:
        self.found: list[Found | None] = [None] * n_inputs

    def fail(self, place: int, fault: str) -> None:
        self.found[place] = Found(None, fault)


class LoadedPipeline:
    """Several threads may use it at once."""

    def __init__(self, nlp: Language) -> None:
        look_up_once()
        self.nlp = nlp
        self._zone = SharedZone(nlp)
        self._has_worked = False
        nlp.set_error_handler(_note_failure)  # type: ignore[arg-type]  # spaCy's says that it never returns

    @property
    def max_chars(self) -> int:
        return int(self.nlp.max_length)

    def annotate(self, inputs: Sequence[Input], columns: Sequence[str], batch_size: int | None) -> list[Found]:
        """What `nlp.pipe` finds. A text at which a component fails costs no other.

        RAISES (ValueError): All texts of a longer list fail, and none before has passed.
        RAISES (torch.OutOfMemoryError): As the component raises it: the text may be all right.
        """
        run = _Run(len(inputs))
        values = [COLUMNS[name].value for name in columns]
        with self._zone.entered(len(inputs)):
            docs = self.nlp.pipe(self._docs(inputs, run), as_tuples=True, batch_size=batch_size)
            for doc, (_, place) in docs:
                run.found[place] = Found(tuple(value(doc) for value in values), None)
        found = [one or Found(None, "the pipeline has lost the text") for one in run.found]
        self._check(inputs, found)
        return found

    def _docs(self, inputs: Sequence[Input], run: _Run) -> Iterator[tuple[Doc, tuple[_Run, int]]]:
        for place, one in enumerate(inputs):
            if one.text.fault is not None:
                run.fail(place, one.text.fault)
                continue
            try:
                doc = self._doc(one)
            except Exception as error:
                run.fail(place, f"tokenizer: {_told(error)}")
                continue
            yield doc, (run, place)

    def _doc(self, one: Input) -> Doc:
        if one.words is None:
            doc = self.nlp.make_doc(one.text.text)
        else:
            doc = Doc(self.nlp.vocab, words=list(one.words), spaces=list(one.spaces or ()))
        for name, value in one.given.items():
            give(doc, name, value)
        return doc

    def _check(self, inputs: Sequence[Input], found: Sequence[Found]) -> None:
        tried = [one for one, given in zip(found, inputs) if given.text.fault is None]
        self._has_worked = self._has_worked or any(one.fault is None for one in tried)
        if not self._has_worked and len(tried) >= MANY:
            raise ValueError(Errors.B522.format(n_texts=len(tried), reason=tried[0].fault))


def _note_failure(name: str, pipe: object, docs: Sequence[Doc], error: Exception) -> None:
    """spaCy's error handler: heard of each Doc at which a component fails."""
    contexts = [doc._context for doc in docs]
    if is_out_of_memory(error) or None in contexts:
        raise error
    for run, place in contexts:
        run.fail(place, f"{name}: {_told(error)}")


def _told(error: Exception) -> str:
    reason = " ".join(bare(error).split())
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__
