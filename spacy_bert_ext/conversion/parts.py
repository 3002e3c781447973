"""Which part of the data each Doc goes to: to train on, to choose the model by, to test."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Doc

from ..errors import Errors
from ..training.corpora import DOCUMENT_ID

PART_NAMES = ("train", "dev", "test")


class Part(NamedTuple):
    """share: Of all Docs, above 0."""

    name: str
    share: float


def parts_of(split: str) -> list[Part]:
    """split: Shares of train and dev, or of train, dev and test, such as "80/10/10".

    RAISES (ValueError): It is something else.
    """
    try:
        numbers = [float(number) for number in split.split("/")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= len(PART_NAMES) or not all(0 < number < float("inf") for number in numbers):
        raise ValueError(Errors.B010.format(found=split, setting="--split", allowed="80/10/10, or 80/20"))
    return [Part(name, number / sum(numbers)) for name, number in zip(PART_NAMES, numbers)]


class Splitter:
    """Draws a part for each Doc as it comes, so that each part gets its share, of all and of each label.

    The part is drawn in proportion to what each still lacks of the Doc's rarest label and of all Docs: a stratification
    for several labels (after Sechidis et al. 2011) that needs to see each Doc once. A label that is new goes to the
    first part, where it can be learned, and so does what comes first. Docs of one document, and equal texts, stay
    together.

    n_repeated: Texts that stood there before, but for case and blanks.
    n_shared: Those of them that another part has, since their documents belong there.
    """

    def __init__(self, parts: Sequence[Part], seed: int) -> None:
        self.n_repeated = self.n_shared = 0
        self._parts = parts
        self._random = random.Random(seed)
        self._counts: defaultdict[str | None, Counter[int]] = defaultdict(Counter)  # None: of all Docs
        # By hashes: a million texts take about 100 MB.
        self._part_of_group: dict[int, int] = {}
        self._part_of_text: dict[int, int] = {}

    def part_of(self, doc: Doc, labels: Sequence[str]) -> str:
        """labels: Of the Doc, each as often as it stands there."""
        text = hash(" ".join(doc.text.casefold().split()))
        document = doc.user_data.get(DOCUMENT_ID)
        group = text if document is None else hash((DOCUMENT_ID, document))
        part = self._part_of_group.get(group)
        if part is None:
            part = self._part_of_group[group] = self._draw(labels)
        for label in {None, *labels}:
            self._counts[label][part] += 1
        if text in self._part_of_text:
            self.n_repeated += 1
            self.n_shared += self._part_of_text[text] != part
        else:
            self._part_of_text[text] = part
        return self._parts[part].name

    def check(self) -> None:
        """RAISES (ValueError): A part has got nothing."""
        counts = self._counts[None]
        for i, part in enumerate(self._parts):
            if not counts[i]:
                groups, n = len(self._part_of_group), sum(counts.values())
                raise ValueError(Errors.B491.format(part=part.name, n=n, groups=groups))

    def _draw(self, labels: Sequence[str]) -> int:
        if not self._part_of_group or any(label not in self._counts for label in labels):
            return 0
        rarest = min(labels, key=lambda label: self._counts[label].total(), default=None)
        lacks = [max(self._lack(rarest, i) + self._lack(None, i), 0) for i in range(len(self._parts))]
        (part,) = self._random.choices(range(len(lacks)), lacks)
        return part

    def _lack(self, label: str | None, part: int) -> float:
        """Docs with this label that the part has too few, once one more has come."""
        counts = self._counts[label]
        return self._parts[part].share * (counts.total() + 1) - counts[part]
