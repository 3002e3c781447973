"""What heads of pairs have in common: their reading, and predictions for pairs that no Doc has."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from spacy.tokens import Doc, Span
from spacy.training import Example

from ...encoder.readings import TextPairs
from ...errors import Errors, Warnings
from ...runtime.memory import advice_for_head
from ...runtime.surroundings import in_own_surroundings
from ...sharing.listener import EncoderListener
from ..labelled_head import LabelledHead
from ..reading import key_of, user_data_of
from .given import PAIR, Pair, check_border, check_pair, docs_of_pairs, pair_of, parts_of

# Of pairs that `predict_pairs` holds at once.
MOST_PAIRS = 1024
MOST_CHARACTERS = 2**17


class PairHead(LabelledHead):
    """A head that reads two texts: a Doc and `doc._.pair`, or both sides of a border in one Doc.

    The longer text of a pair is cut into windows where both don't fit into one, and the other stands whole in each.
    A Doc with one text alone is left as it is, with one warning.

    border (str): What stands between two texts in one Doc; None if all pairs are given as `doc._.pair`.
    """

    given = (PAIR,)
    border: str | None = None
    _has_warned = False

    def read_pairs(self, border: str | None) -> None:
        """Have the head read pairs, and the encoder make no vectors of Docs for it."""
        check_border(border)
        self.border = border
        encoder = self.model.get_ref("encoder")
        if isinstance(encoder, EncoderListener):
            encoder.reads_docs = False

    def define_extensions(self) -> None:
        if not Doc.has_extension(PAIR):
            Doc.set_extension(PAIR, default=None)

    # Pairs of Docs

    def pair_of(self, doc: Doc, gold: Doc | None = None) -> Pair | None:
        """The texts of a Doc; None if it has but one. gold (Doc): Which is given the second text, if `doc` is not.

        RAISES (ValueError): It is none, see `given.pair_of`.
        """
        values = (user_data_of(of).get(key_of(PAIR)) for of in (doc, gold) if of is not None)
        return pair_of(doc, next((value for value in values if value is not None), None), self.border, self.name)

    def reading(self, docs: Sequence[Doc]) -> TextPairs:
        """Of the Docs that have two texts; warns once of others."""
        pairs = [self.pair_of(doc) for doc in docs]
        if None in pairs and not self._has_warned:
            self._has_warned = True
            warnings.warn(Warnings.B454.format(name=self.name, text=docs[pairs.index(None)].text[:50]))
        return _reading(docs, pairs)

    def reading_to_explain(self, text: Doc | Span, label: str | None = None) -> TextPairs:
        """RAISES (ValueError): The Doc has one text."""
        doc = text.doc if isinstance(text, Span) else text
        pair = self.pair_of(doc)
        if pair is None:
            raise self.no_pair(1)
        found = _reading([doc], [pair])
        if pair[0] is doc or self.border is None:
            return found
        parts = parts_of(doc, self.border, self.name)
        return found if parts is None else replace(found, places=[part.tokens for part in parts])

    def reading_to_learn(self, examples: Sequence[Example]) -> TextPairs:
        # Evaluations of a training predict Docs that get their second text only when they are scored.
        self._has_warned = True
        return _reading([eg.predicted for eg in examples], [self.pair_to_learn(eg) for eg in examples])

    def pair_to_learn(self, eg: Example) -> Pair | None:
        return self.pair_of(eg.predicted, eg.reference)

    def with_pairs(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Those that the head's scores have a row of."""
        return (eg for eg in examples if self.pair_to_learn(eg) is not None)

    def some_with_pairs(self, examples: Iterable[Example]) -> Iterator[Example]:
        """RAISES (ValueError): There are examples, and none has two texts."""
        n_examples = n_pairs = 0
        for n_examples, eg in enumerate(examples, 1):
            if self.pair_to_learn(eg) is not None:
                n_pairs += 1
                yield eg
        if n_examples and not n_pairs:
            raise self.no_pair(n_examples)

    def no_pair(self, n_docs: int) -> ValueError:
        """The error that so many Docs have one text each."""
        border = "no `border` is set" if self.border is None else f"none holds the border {self.border!r}"
        return ValueError(Errors.B455.format(name=self.name, n_docs=n_docs, border=border))

    def docs_with_pairs(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        return (doc for doc in docs if self.pair_of(doc) is not None)

    def explained_parts(self, doc: Doc) -> Sequence[Doc]:
        return list(self.docs_with_pairs([doc]))

    # Pairs without Docs

    def predict_pairs(self, pairs: Iterable[tuple[str | Doc, str | Doc]]) -> list[Any]:
        """Predict for pairs of texts, in their order.

        Read part by part, so that they may come from a generator, and `tqdm(pairs)` shows how far it is.

        pairs (Iterable[Tuple[Union[str, Doc], Union[str, Doc]]]): Of a str the checkpoint's tokenizer makes the pieces
            of the whole; of a Doc they are made as `pieces_from` of the encoder says.
        RAISES (ValueError): A pair without two texts.
        """
        found: list[Any] = []
        for part in _parts(pairs):
            found.extend(self._predict_part(part))
        return found

    @in_own_surroundings
    def _predict_part(self, pairs: Sequence[Pair]) -> Sequence[Any]:
        self.require_weights()
        texts = docs_of_pairs(pairs)
        with advice_for_head(self.name, texts):
            return self.described(self.decode(self.model.predict(TextPairs(texts[::2], texts, cut="longer"))))

    def described(self, predicted: Any) -> Sequence[Any]:
        """What `predict_pairs` gives for each of some pairs. predicted: What `decode` gives."""
        raise NotImplementedError


def _reading(docs: Sequence[Doc], pairs: Sequence[Pair | None]) -> TextPairs:
    return TextPairs(docs, docs_of_pairs(pair for pair in pairs if pair is not None), cut="longer")


def _parts(pairs: Iterable[object]) -> Iterator[list[Pair]]:
    part: list[Pair] = []
    n_characters = 0
    for number, pair in enumerate(pairs, 1):
        checked = check_pair(pair, f"pair {number:,}", "the second text")
        part.append(checked)
        n_characters += sum(len(text) if isinstance(text, str) else len(text.text) for text in checked)
        if len(part) >= MOST_PAIRS or n_characters >= MOST_CHARACTERS:
            yield part
            part, n_characters = [], 0
    if part:
        yield part
