"""Tags ↔ entities in all schemes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.conll_tags import (
    LETTERS,
    Deviation,
    Entity,
    Survey,
    entities_of,
    parsed,
    tags_of,
)


def survey(*sentences: str) -> Survey:
    made = Survey()
    for i, tags in enumerate(sentences, 1):
        made.add(f"line {i}", tags.split())
    return made


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O B-A I-A B-A", "BIO"),
        ("O I-A I-A B-A I-B", "IOB1"),
        ("O I-A I-A I-B", "IO"),
        ("B-A", "BIO"),
        ("U-A O B-A L-A", "BILUO"),
        ("S-A O B-A E-A", "BILUO"),
        ("B-A M-A E-A S-B", "BILUO"),
        ("PER PER O LOC", "plain"),
        ("E-MAIL O S-X", "plain"),
        ("_ _", "plain"),
    ],
)
def test_schemes_are_told_from_all_tags(tags: str, scheme: str) -> None:
    findings = Findings()
    assert survey(tags).scheme(None, findings) == scheme and findings.notes == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from("AB")), max_size=5))
def test_entities_come_back_in_every_scheme(parts: list[tuple[int, int, str]]) -> None:
    entities, at = [], 0
    for gap, length, label in parts:
        entities.append(Entity(at + gap, at + gap + length - 1, label))
        at += gap + length
    for scheme in LETTERS:
        if scheme == "IO" and any(gap == 0 for gap, _, _ in parts):
            continue
        tags = tags_of(entities, at + 1, scheme)
        made = Survey()
        made.add("here", tags)
        findings = Findings()
        found = made.scheme(scheme, findings)
        assert list(entities_of(tags, found)) == entities and findings.notes == []


def test_tags_that_contradict_the_scheme_are_told_and_read() -> None:
    findings = Findings()
    assert survey("O I-A B-B I-B").scheme(None, findings) == "BIO"
    assert "1 tags begin an entity; IOB2 has B there: first 'I-A' at line 1" in findings.notes[0]
    assert list(entities_of(["O", "I-A", "B-B", "I-B"], "BIO")) == [Entity(1, 1, "A"), Entity(2, 3, "B")]
    findings = Findings()
    assert survey("B-A O", "L-A U-A").scheme(None, findings) == "BILUO"
    assert ["first 'L-A' at line 2" in findings.notes[0], "first 'B-A' at line 1" in findings.notes[1]] == [True, True]
    findings = Findings()
    assert survey("O B-A").scheme("IOB1", findings) == "IOB1" and "IOB1 has I there" in findings.notes[0]
    assert survey("I-A I-A").scheme("IOBES", Findings()) == "BILUO"
    assert survey("I-A I-A").scheme("bmes", Findings()) == "BILUO"


@pytest.mark.parametrize(
    ("tags", "given", "message"),
    [
        ("B-A PER", None, "B508.*line 1.*'PER' has no letter"),
        ("B-A I-A M-A", None, "B508.*'M-A' is of another scheme than those with 'I'"),
        ("B-A L-A", "IOB2", "B508.*'L-A' is no tag of IOB2"),
        ("B-A", "XYZ", "B010.*'XYZ'"),
    ],
)
def test_tags_of_no_scheme_are_errors(tags: str, given: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        survey(tags).scheme(given, Findings())


def test_parts_of_tags() -> None:
    assert [tuple(parsed(name)) for name in ("O", "_", "B-a-b", "E_x", "PER")] == [
        ("", ""),
        ("", ""),
        ("B", "a-b"),
        ("L", "x"),
        ("I", "PER"),
    ]
    assert tuple(parsed("E-MAIL", plain=True)) == ("I", "E-MAIL")
    deviation = Deviation()
    deviation.add("a", "x")
    deviation.add("b", "y")
    assert (deviation.number, deviation.place, deviation.tag) == (2, "a", "x")
