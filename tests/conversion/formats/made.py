"""Files, Records, and what comes back of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.conll_words import aligned
from spacy_bert_ext.conversion.formats.options import Format, ReadOptions, WriteOptions
from spacy_bert_ext.conversion.records import Mark, Record

WRITE = WriteOptions()
READ = ReadOptions()


def read(format: Format, path: Path, **options: Any) -> tuple[list[Record], Findings]:
    findings = Findings()
    return list(format.read(path, ReadOptions(**options), findings)), findings


def read_text(format: Format, path: Path, text: str, **options: Any) -> tuple[list[Record], Findings]:
    path.write_text(text, encoding="utf8", newline="")
    return read(format, path, **options)


def back(
    format: Format, records: Sequence[Record], *, write: WriteOptions = WRITE, read: ReadOptions = READ
) -> list[Record]:
    """Records written and read, without their places. Nothing may be left out."""
    findings = Findings()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"data{format.ending}"
        assert format.write is not None
        format.write(records, path, write, findings)
        found = [replace(record, place="") for record in format.read(path, read, findings)]
    assert findings.faults == [] and "spans left out" not in findings.counts
    return found


# Emoji of several characters, right-to-left, CJK, line separators, and what CSV, JSON and CoNLL give a meaning.
SIGNS = list("ab -,;|#\"'\\\t\n\r_=[]{}\u2028\u00a0\u0085")
LETTERS = st.one_of(
    st.sampled_from([*SIGNS, "👩\u200d👩\u200d👧", "🇩🇪", "שלום", "مرحبا", "你好", "  "]),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
TEXTS = st.lists(LETTERS, min_size=1, max_size=12).map("".join).filter(str.strip)
LABELS = st.sampled_from(["PER", "B-LOC", "a label", "O", "über_x", "人名", "I", "x|y", "a,b"])


def records(
    *, spans: bool = False, cats: bool = False, overlap: bool = False, words: bool = False, scores: bool = False
) -> st.SearchStrategy[list[Record]]:
    """Lists of Records. words: Those that the text is cut into."""
    return st.lists(
        _record(spans=spans, cats=cats, overlap=overlap, words=words, scores=scores), min_size=1, max_size=4
    )


@st.composite
def _record(draw: st.DrawFn, *, spans: bool, cats: bool, overlap: bool, words: bool, scores: bool) -> Record:
    text = draw(TEXTS)
    cut = aligned(text.split(), text)
    assert cut is not None
    found = draw(_marks(text, overlap=overlap, scores=scores)) if spans else None
    if words and found is not None:  # of whole words
        starts = [sum(map(len, cut[0].texts[:i])) + sum(cut[0].spaces[:i]) for i in range(len(cut[0].texts))]
        places = sorted(cut[1])
        chosen = [i for i in places if draw(st.booleans())]
        found = tuple(Mark(starts[i], starts[i] + len(cut[0].texts[i]), draw(LABELS)) for i in chosen)
    categories = {name: float(draw(st.booleans())) for name in ("pos", "neg", "so so")} if cats else None
    return Record(
        "",
        text,
        marks=found,
        cats=categories,
        words=cut[0] if words else None,
        document=draw(st.sampled_from([None, "d1", "a doc", "é"])),
        fields={"name": draw(st.sampled_from(["x", "1", 'a "b"']))},
    )


@st.composite
def _marks(draw: st.DrawFn, text: str, *, overlap: bool, scores: bool) -> tuple[Mark, ...]:
    borders = st.integers(0, len(text))
    limits = draw(st.lists(st.tuples(borders, borders), max_size=4))
    marks: dict[tuple[int, int, str], Mark] = {}
    end = 0
    for one, other in sorted(sorted(pair) for pair in limits):
        if one == other or (one < end and not overlap):
            continue
        score = draw(st.floats(0, 1)) if scores else None
        mark = Mark(one, other, draw(LABELS), score)
        marks.setdefault(mark[:3], mark)
        end = other
    return tuple(marks.values())
