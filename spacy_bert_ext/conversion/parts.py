"""Which part of the data each Doc goes to: to train on, to choose the model by, to test."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spacy.tokens import Doc

from ..errors import Errors
from ..training.corpora import DOCUMENT_ID
from .repeats import text_key

PART_NAMES = ("train", "dev", "test")
BRAT = ".ann"
# As files are called.
PART_OF_FILE = {
    **{name: name for name in PART_NAMES},
    **dict.fromkeys(("devel", "development", "val", "valid", "validation"), "dev"),
}


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


def given_parts(source: Path) -> dict[str, Path]:
    """What is in a folder and a part of the data by its name, such as `dev.conll`; nothing without a `train`.

    Folders of brat have none: there `train.txt` is a document, beside `train.ann`.

    RAISES (ValueError): Two files are the same part.
    """
    files = sorted(source.iterdir()) if source.is_dir() else []
    found: dict[str, Path] = {}
    for file in files if not any(file.suffix == BRAT for file in files) else ():
        name = PART_OF_FILE.get(file.name.split(".")[0].lower())
        if name is None:
            continue
        if name in found:
            raise ValueError(Errors.B499.format(part=name, one=found[name].name, other=file.name))
        found[name] = file
    return {name: found[name] for name in PART_NAMES if name in found} if PART_NAMES[0] in found else {}


class Splitter:
    """Draws a part for each Doc as it comes, so that each part gets its share, of all and of each label.

    The part is drawn in proportion to what each still lacks of the Doc's rarest label and of all Docs: a stratification
    for several labels (after Sechidis et al. 2011) that needs to see each Doc once. A label that is new goes to the
    first part, where it can be learned, and so does what comes first. Docs of one document, and equal texts, stay
    together.
    """

    def __init__(self, parts: Sequence[Part], seed: int) -> None:
        self._parts = parts
        self._random = random.Random(seed)
        self._counts: defaultdict[str | None, Counter[int]] = defaultdict(Counter)  # None: of all Docs
        self._part_of_group: dict[int, int] = {}

    def part_of(self, doc: Doc, labels: Sequence[str]) -> str:
        """labels: Of the Doc, each as often as it stands there."""
        document = doc.user_data.get(DOCUMENT_ID)
        group = text_key(doc) if document is None else hash((DOCUMENT_ID, document))
        part = self._part_of_group.get(group)
        if part is None:
            part = self._part_of_group[group] = self._draw(labels)
        for label in {None, *labels}:
            self._counts[label][part] += 1
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
