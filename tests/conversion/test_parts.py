"""Parts of the data."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.conversion.parts import Splitter, given_parts, parts_of
from tests.coded import raises_code

NLP = spacy.blank("en")


def made(text: str, document: str | None = None) -> Doc:
    doc = NLP.make_doc(text)
    if document is not None:
        doc.user_data["document_id"] = document
    return doc


def split(docs: Sequence[tuple[Doc, Sequence[str]]], shares: str = "80/10/10", seed: int = 0) -> list[str]:
    splitter = Splitter(parts_of(shares), seed)
    return [splitter.part_of(doc, labels) for doc, labels in docs]


def test_shares() -> None:
    assert parts_of("80/10/10") == [("train", 0.8), ("dev", 0.1), ("test", 0.1)]
    assert parts_of("3/1") == [("train", 0.75), ("dev", 0.25)]


@pytest.mark.parametrize("wrong", ["", "80", "80/x", "80/0/20", "1/2/3/4", "80/-10", "nan/1", "inf/1"])
def test_wrong_shares(wrong: str) -> None:
    with raises_code("B010", match="--split.*80/10/10"):
        parts_of(wrong)


def test_each_label_gets_its_share() -> None:
    """Of 2,000 Docs of a frequent label, 300 of one that is less so, 40 of a rare one: within 2 Docs of the share."""
    labels = ["often"] * 2000 + ["less"] * 300 + ["rare"] * 40
    parts = split([(made(f"text {i}"), [label]) for i, label in enumerate(labels)])
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label, part in zip(labels, parts, strict=True):
        counts[label][part] += 1
    for label, n in Counter(labels).items():
        for part, share in (("train", 0.8), ("dev", 0.1), ("test", 0.1)):
            assert abs(counts[label][part] - share * n) <= 2 + 0.02 * n, (label, part, counts[label])
    assert abs(Counter(parts)["train"] - 0.8 * len(labels)) <= 5


def test_a_label_can_be_learned() -> None:
    for seed in range(20):
        assert split([(made(f"text {i}"), [f"label {i}"]) for i in range(3)], seed=seed) == ["train"] * 3


def test_the_seed_decides() -> None:
    docs: list[tuple[Doc, list[str]]] = [(made(f"text {i}"), []) for i in range(200)]
    first = split(docs, seed=1)
    assert split(docs, seed=1) == first != split(docs, seed=2)


def test_equal_texts_stay_together() -> None:
    docs = [(made(text), ["x"]) for i in range(100) for text in (f"The Text {i}", f"the  text {i} ")]
    parts = split(docs, "50/50")
    assert parts[::2] == parts[1::2] and len(set(parts)) == 2


def test_documents_stay_together() -> None:
    splitter = Splitter(parts_of("50/50"), 0)
    parts = [[splitter.part_of(made(f"{d} {i}", f"doc {d}"), []) for i in range(5)] for d in range(20)]
    assert all(len(set(of_document)) == 1 for of_document in parts) and len({part[0] for part in parts}) == 2
    same = [splitter.part_of(made("Contents", f"doc {d}"), []) for d in range(20)]
    assert same == [part[0] for part in parts]


def test_an_empty_part() -> None:
    splitter = Splitter(parts_of("80/10/10"), 0)
    for i in range(9):
        splitter.part_of(made(f"text {i}", "one"), [])
    with raises_code("B491", match="'dev' got none of the 9 Docs.*makes 1 groups"):
        splitter.check()


def test_parts_that_are_there(tmp_path: Path) -> None:
    assert given_parts(tmp_path) == {} == given_parts(tmp_path / "missing")
    for name in ("labels.txt", "valid.conll.gz", "test.conll"):
        (tmp_path / name).touch()
    assert given_parts(tmp_path) == {}
    (tmp_path / "Train.conll").touch()
    found = {name: file.name for name, file in given_parts(tmp_path).items()}
    assert found == {"train": "Train.conll", "dev": "valid.conll.gz", "test": "test.conll"}
    (tmp_path / "dev").mkdir()
    with raises_code("B499", match="dev and valid.conll.gz are both the part 'dev'"):
        given_parts(tmp_path)
    (tmp_path / "dev.ann").touch()
    assert given_parts(tmp_path) == {}
