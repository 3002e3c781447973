"""What a conversion has made, and what it could not."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """An annotation that is left out. place: File, and what leads to it there."""

    place: str
    reason: str


class Findings:
    """counts: What was made, by name, in the order in which it was first counted.

    notes: What a reader has taken for granted, each once.
    labels: How often each label was written, by the part of the data; a whole has the name "".
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.labels: dict[str, Counter[str]] = {}

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def count_labels(self, part: str, labels: Iterable[str]) -> None:
        self.labels.setdefault(part, Counter()).update(labels)

    def leave_out(self, place: str, reason: str) -> None:
        self.faults.append(Fault(place, reason))

    def reason_of_nothing(self) -> str:
        """Why nothing was made."""
        if not self.faults:
            return "there is no text in it."
        first = self.faults[0]
        return f"{len(self.faults):,} left out, the first one in {first.place}: {first.reason}"

    def tell(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
