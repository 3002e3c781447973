"""Texts that stand in the data more than once: in two parts of it, scores would be too optimistic."""

from spacy.tokens import Doc


def text_key(doc: Doc) -> int:
    """The same for texts that differ in case and blanks alone."""
    return hash(" ".join(doc.text.casefold().split()))


class Repeats:
    """n_repeated: Texts that stood there before. n_shared: Those of them that another part has."""

    def __init__(self) -> None:
        self.n_repeated = self.n_shared = 0
        self._part_of_text: dict[int, str] = {}  # a million texts take about 100 MB

    def see(self, doc: Doc, part: str) -> None:
        key = text_key(doc)
        if key not in self._part_of_text:
            self._part_of_text[key] = part
            return
        self.n_repeated += 1
        self.n_shared += self._part_of_text[key] != part
