"""What a head has the encoder read, and what a Doc is given beside its text for it to read.

What a Doc is given stands in `doc.user_data`, as extensions keep their values. Readers such as spaCy's `Corpus` make
predicted Docs of the text of gold Docs alone. What gold Docs are given besides is handed over here, before predictions
are compared with them.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from ..encoder.readings import Texts
from .bert_pipe import BertPipe


class ReadingHead(BertPipe):
    """A head and its reading. By default it reads its Docs as they are, and they are given nothing else.

    given: Extensions of a Doc that the head reads, such as `doc._.questions`.
    """

    given: ClassVar[tuple[str, ...]] = ()

    def reading(self, docs: Sequence[Doc]) -> Texts:
        """What the model is given of Docs that are to be annotated."""
        return docs

    def reading_to_learn(self, examples: Sequence[Example]) -> Texts:
        """What the model is given of Docs that are learned from: made of `eg.predicted`, for what is annotated."""
        return self.reading([eg.predicted for eg in examples])

    def reading_to_explain(self, text: Doc | Span, label: str | None = None) -> Texts:
        """What the model is given of a Doc, or of the Doc of a Span, that is explained.

        label (str): Which is explained; None for the Span's own, or the best one.
        """
        return self.reading([text.doc if isinstance(text, Span) else text])

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """The scorer's scores. Docs that lack what gold Docs are given get it, and are predicted anew."""
        examples = list(examples)
        changed = [eg.predicted for eg in examples if hand_over(eg, self.given)]
        deque(self.pipe(changed), maxlen=0)
        scores: dict[str, Any] = super().score(examples, **kwargs)
        return scores


def hand_over(eg: Example, names: Collection[str]) -> bool:
    """Give the predicted Doc what the gold Doc is given and it is not.

    names: Of extensions.
    RETURNS (bool): Whether there was anything.
    """
    gold, given = user_data_of(eg.reference), user_data_of(eg.predicted)
    missing = {key: gold[key] for name in names if (key := key_of(name)) in gold and key not in given}
    given.update(missing)
    return bool(missing)


def given_anew(nlp: Language, doc: Doc) -> Doc:
    """A new Doc of the same text, which is given the same for heads of this pipeline."""
    anew, values = nlp.make_doc(doc.text), user_data_of(doc)
    user_data_of(anew).update({key: values[key] for name in given_names(nlp) if (key := key_of(name)) in values})
    return anew


def given_names(nlp: Language) -> list[str]:
    """The extensions that heads of this pipeline read."""
    components: Iterable[tuple[str, object]] = nlp.pipeline
    return [name for _, pipe in components if isinstance(pipe, ReadingHead) for name in pipe.given]


def hand_over_all(nlp: Language, examples: Iterable[Example]) -> list[Example]:
    """The examples, whose predicted Docs have got all that gold Docs are given for heads of this pipeline."""
    names = given_names(nlp)
    examples = list(examples)
    for eg in examples:
        hand_over(eg, names)
    return examples


def key_of(name: str) -> tuple[str, str, None, None]:
    """Where spaCy keeps an extension's value for a Doc, in `doc.user_data`."""
    return ("._.", name, None, None)


def give(doc: Doc, name: str, value: object) -> None:
    """Set an extension's value for a Doc, whether it is defined here or not."""
    user_data_of(doc)[key_of(name)] = value


# Values of `doc.user_data` that are columns of tables, too.
PLAIN = (str, int, float, bool, type(None))


def user_data_of(doc: Doc) -> dict[Any, Any]:
    user_data: dict[Any, Any] = doc.user_data  # spaCy's stubs know keys that are strings only
    return user_data
