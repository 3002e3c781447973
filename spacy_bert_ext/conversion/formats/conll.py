"""CoNLL files: a word a line, in columns, with a tag; a blank line ends a sentence."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from ...errors import Errors
from ..findings import Findings
from ..records import Mark, Record, Words
from ..sources import shown
from .conll_lines import MISSING, Sentence, is_tag, read_sentences, split_columns
from .conll_tags import Survey, entities_of
from .conll_words import aligned, joined, marked, text_of
from .conll_writing import write
from .heads import head_text
from .options import Format, ReadOptions

ENDINGS = (".conll", ".iob", ".iob2", ".bio", ".bioes", ".bmes", ".conll03")
_OWN = ("text", "document", "cats", "fields", "comments")


class _Layout(NamedTuple):
    """word, tags: Columns. schemes: Of each column of tags."""

    word: int
    tags: list[int]
    schemes: list[str]


def recognises(path: Path, head: bytes) -> bool:
    """Its rows have equally many columns, and all that end in a tag are among tags."""
    if Path(path.name.lower().removesuffix(".gz")).suffix in ENDINGS:
        return True
    lines = [line.rstrip("\r") for line in head_text(head).split("\n")[:-1][:1000]]
    lines = [line for line in lines if line.strip(" \t") and not line.startswith(("#", "-DOCSTART-"))]
    by_tabs = any("\t" in line for line in lines[:1])
    rows = [split_columns(line, by_tabs=by_tabs) for line in lines]
    lengths = {len(row) for row in rows}
    return len(lengths) == 1 and min(lengths) > 1 and all(is_tag(row[-1]) or row[-1] in MISSING for row in rows)


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """A Record of each sentence, or of each document. The file is read twice: first for its columns and its scheme."""
    layout = _layout(path, options, findings)
    if layout is None:
        return
    records = (
        _record(path, sentence, layout, options=options, findings=findings)
        for sentence in read_sentences(path, options.encoding)
    )
    if not options.join_sentences:
        yield from records
        return
    for document, group in groupby(records, key=lambda record: record.document):
        if document is None:
            findings.tell(f"Sentences of {path} that belong to no marked document stay apart.")
            yield from group
        else:
            yield _joined(list(group), options.lang)


def _layout(path: Path, options: ReadOptions, findings: Findings) -> _Layout | None:
    """None of a file without a word. RAISES (ValueError): Its rows have one column."""
    surveys: list[Survey] = []
    are_tags: list[bool] = []
    is_numbered = True
    for sentence in read_sentences(path, options.encoding):
        columns = list(zip(*sentence.rows, strict=True))
        if columns and not surveys:
            if len(columns) == 1:
                place, found = f"{path}, line {sentence.line}", f"one column, {shown(columns[0][0])}"
                raise ValueError(Errors.B507.format(place=place, found=found, expected="a word and a tag"))
            surveys = [Survey() for _ in columns]
            are_tags = [True] * len(columns)
        is_numbered = is_numbered and (not columns or columns[0] == tuple(map(str, range(1, len(columns[0]) + 1))))
        for i, column in enumerate(columns):
            are_tags[i] = are_tags[i] and all(is_tag(value) or value in MISSING for value in column)
            if are_tags[i] or i == len(columns) - 1 or str(i + 1) in options.columns.get("tag", ()):
                surveys[i].add(f"{path}, line {sentence.line}", column)
    if not surveys:
        return None if not is_numbered else _Layout(0, [], [])
    is_numbered = is_numbered and len(surveys) > 2
    if "tag" in options.columns:
        tags = [_column(path, column, len(surveys)) for column in options.columns["tag"]]
    elif is_numbered and len(surveys) > 3 and are_tags[-2]:
        tags = [len(surveys) - 2, len(surveys) - 1]
    else:
        tags = [len(surveys) - 1]
    word = options.column("text")
    return _Layout(
        int(is_numbered) if word is None else _column(path, word, len(surveys)),
        tags,
        [surveys[i].scheme(options.scheme, findings) for i in tags],
    )


def _column(path: Path, column: str, n_columns: int) -> int:
    if column.isdecimal() and 0 < int(column) <= n_columns:
        return int(column) - 1
    raise ValueError(Errors.B509.format(path=path, found=column, n_columns=n_columns))


def _record(path: Path, sentence: Sentence, layout: _Layout, *, options: ReadOptions, findings: Findings) -> Record:
    place = f"{path}, line {sentence.line}"
    texts = [row[layout.word] for row in sentence.rows]
    words, places = joined(texts, options.lang), list(range(len(texts)))
    if "text" in sentence.values:
        found = aligned(texts, sentence.values["text"])
        if found is None:
            findings.count("texts that are not made of their words")
        else:
            words, places = found
    marks: dict[Mark, None] = {}
    columns = list(zip(layout.tags, layout.schemes, strict=True))
    for i, (column, scheme) in enumerate(columns):
        entities = list(entities_of([row[column] for row in sentence.rows], scheme))
        if i and not options.nested:
            findings.count("entities within others left out", len(entities))
            continue
        marks.update(dict.fromkeys(marked(words, places, entities)))
    is_open = bool(sentence.rows) and all(row[layout.tags[0]] in MISSING for row in sentence.rows)
    fields = dict(sentence.values.get("fields", {}))
    fields.update({name: value for name, value in sentence.values.items() if name not in _OWN})
    return Record(
        place,
        text_of(words),
        marks=None if is_open else tuple(marks),
        cats=sentence.values.get("cats"),
        words=words,
        document=sentence.document,
        fields=fields,
    )


def _joined(records: Sequence[Record], lang: str) -> Record:
    """Sentences of a document as one text."""
    texts: list[str] = []
    spaces: list[bool] = []
    marks: list[Mark] = []
    between = any(joined(["a", "b"], lang).spaces)
    at = 0
    for i, record in enumerate(records):
        if record.words is None:
            continue
        is_last = i == len(records) - 1
        ends = bool(record.words.texts) and between and not is_last and not record.text[-1].isspace()
        marks += [mark._replace(start=mark.start + at, end=mark.end + at) for mark in record.marks or ()]
        texts += record.words.texts
        spaces += [*record.words.spaces[:-1], record.words.spaces[-1] or ends] if record.words.texts else []
        at += len(record.text) + ends
    of_records = [record.words for record in records if record.words is not None]
    words = Words(
        tuple(texts),
        tuple(spaces),
        knows_spaces=all(words.knows_spaces for words in of_records),
        sentence_starts=tuple(i == 0 for words in of_records for i in range(len(words.texts))),
    )
    is_open = all(record.marks is None for record in records)
    first = records[0]
    return Record(
        first.place, text_of(words), marks=None if is_open else tuple(marks), words=words, document=first.document
    )


FORMAT = Format("conll", recognises, read, write, ending=".conll")
