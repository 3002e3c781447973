"""Categories of texts: `doc.cats`, where each Doc has all categories of the file: 1 for its own, 0 for the others."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import Errors
from .docs_of_records import RecordOptions, docs_of_records, read_records
from .findings import Findings
from .formats.fields import chosen
from .records import Record
from .sources import shown


def convert_exclusive(path: Path, nlp: Language, options: RecordOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each text that has exactly one category. Of scores, such as predictions have, the highest counts.

    RAISES (ValueError): The file is of another format, or has no category. RAISES (OSError): It can't be read.
    """
    return _convert(path, nlp, options, findings=findings, exclusive=True)


def convert_multilabel(path: Path, nlp: Language, options: RecordOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each text that somebody has categorized, with any number of categories. Scores count from 0.5 on.

    RAISES: As `convert_exclusive`.
    """
    return _convert(path, nlp, options, findings=findings, exclusive=False)


def _convert(
    path: Path, nlp: Language, options: RecordOptions, *, findings: Findings, exclusive: bool
) -> Iterator[Doc]:
    categories = categories_of([path], options) if options.categories is None else options.categories
    if not categories:
        first = next(read_records(path, options, Findings()), None)
        if first is None:
            raise ValueError(Errors.B483.format(path=path, reason=findings.reason_of_nothing()))
        fields = [
            *first.fields,
            *([] if first.marks is None else ["spans, which `--task ner` and `--task spans` take"]),
        ]
        raise ValueError(Errors.B490.format(path=path, fields=", ".join(fields) or "nothing else"))
    for record, doc in docs_of_records(path, nlp, options, findings):
        held = _only(record) if exclusive else _all(record)
        if isinstance(held, str):
            findings.count("texts left out")
            findings.leave_out(record.place, held)
            continue
        doc.cats = {category: float(category in held) for category in categories}
        yield doc


def categories_of(paths: Iterable[Path], options: RecordOptions) -> tuple[str, ...]:
    """Of whole files, which are read once more for them: so memory holds one text at a time."""
    found: set[str] = set()
    for path in paths:
        for record in read_records(path, options, Findings()):
            found.update(record.cats or ())
    return tuple(sorted(found))


def _all(record: Record) -> list[str] | str:
    if record.cats is None:
        return "nobody has said which categories it has"
    return chosen(record.cats, exclusive=False)


def _only(record: Record) -> list[str] | str:
    """The category, or why there is none."""
    cats: Mapping[str, float] = record.cats or {}
    best = [category for category, score in cats.items() if score > 0 and score == max(cats.values())]
    if not best:
        return "it has no category"
    if len(best) > 1:
        return f"it has {len(best)} categories, {shown(best)}; `--task textcat_multilabel` keeps them all"
    return best
