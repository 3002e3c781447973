"""From a file of data to `.spacy` files: all in one, or split into parts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from spacy.tokens import Doc

from ..errors import Errors
from .converters import converter_of, options_of, options_told, pipeline_of
from .docbins import SUFFIX, docs_written_whole, is_docs, read_docs
from .docs_of_records import RecordOptions
from .findings import Findings
from .parts import PART_NAMES, Splitter, given_parts, parts_of
from .repeats import Repeats

Watched = Callable[[Iterable[Doc]], Iterable[Doc]]  # shows the progress of what it is given


class Splitting(NamedTuple):
    """shares: As of `parts_of`. seed: Of what is drawn."""

    shares: str
    seed: int = 0


def convert_file(
    source: Path,
    target: Path,
    task: str,
    *,
    lang: str,
    pipeline: str | None,
    given: Mapping[str, Any],
    splitting: Splitting | None = None,
    watched: Watched = iter,
) -> Findings:
    """Write the Docs of a file of data. What was there is replaced, each file whole, or nothing is written.

    source: Docs, in `.spacy` files, stay as they are. A folder with parts (see `given_parts`) keeps these.
    target: A file; of parts, the folder of a file for each.
    given: Options of the command, of those that were given.
    RAISES (ValueError): A task or option that is unknown, a file of another format, one without anything to keep, or a
        part without Docs.
    RAISES (OSError): What can't be read or written.
    """
    conversion = _Conversion(task, lang, pipeline, given=given, watched=watched)
    parts = {} if is_docs(source) and target.suffix == SUFFIX else given_parts(source)
    if parts and splitting is not None:
        raise ValueError(Errors.B580.format(path=source, parts=", ".join(file.name for file in parts.values())))
    if (parts or splitting) and target.suffix:
        raise ValueError(Errors.B493.format(path=target))
    if parts:
        _write_parts(conversion.docs_of_parts(parts), target, tuple(parts), conversion)
        return conversion.findings
    if is_docs(source) and given:
        findings = conversion.findings
        findings.tell(f"{source} has Docs, which stay as they are: {options_told(given)} changes nothing.")
    docs = conversion.docs(source, conversion.options)
    if splitting is None:
        _write(docs, target, conversion)
    else:
        shares = parts_of(splitting.shares)
        splitter = Splitter(shares, splitting.seed)
        parted = ((splitter.part_of(doc, conversion.labels_of(doc)), doc) for doc in docs)
        _write_parts(_checked(parted, splitter), target, tuple(part.name for part in shares), conversion)
    return conversion.findings


class _Conversion:
    """A request, and what was found on the way. options: Of the task."""

    def __init__(
        self, task: str, lang: str, pipeline: str | None, *, given: Mapping[str, Any], watched: Watched
    ) -> None:
        converter = converter_of(task)
        self.findings = Findings()
        self.options = options_of(task, given)
        self.labels_of = converter.labels_of
        self._convert, self._watched = converter.convert, watched
        self._nlp = pipeline_of(lang, pipeline, needs_sentences=converter.needs_sentences)
        self._categories_of = converter.categories_of
        if isinstance(self.options, RecordOptions):
            self.options = replace(self.options, lang=self._nlp.lang or lang)

    def docs(self, source: Path, options: Any) -> Iterator[Doc]:
        """RAISES (ValueError): There is none."""
        if is_docs(source):
            docs = read_docs(source, self._nlp.vocab)
        else:
            docs = self._convert(source, self._nlp, options, self.findings)
        n_docs = 0
        for doc in self._watched(docs):
            n_docs += 1
            yield doc
        if not n_docs:
            raise ValueError(Errors.B483.format(path=source, reason=self.findings.reason_of_nothing()))

    def docs_of_parts(self, parts: Mapping[str, Path]) -> Iterator[tuple[str, Doc]]:
        """Each with the name of its part. All parts have the same categories."""
        options = self.options
        if self._categories_of is not None and not any(map(is_docs, parts.values())):
            options = replace(options, categories=self._categories_of(parts.values(), options))
        for name, path in parts.items():
            yield from ((name, doc) for doc in self.docs(path, options))


def _write(docs: Iterator[Doc], target: Path, conversion: _Conversion) -> None:
    with docs_written_whole(target) as writer:
        for doc in docs:
            writer.add(doc)
            conversion.findings.count_labels("", conversion.labels_of(doc))
        conversion.findings.count("Docs", writer.n_docs)


def _write_parts(
    parted: Iterator[tuple[str, Doc]], target: Path, names: Sequence[str], conversion: _Conversion
) -> None:
    findings, repeats = conversion.findings, Repeats()
    with ExitStack() as stack:
        writers = {name: stack.enter_context(docs_written_whole(target / f"{name}{SUFFIX}")) for name in names}
        for name in names:  # in their order
            findings.count_labels(name, ())
        for name, doc in parted:
            writers[name].add(doc)
            repeats.see(doc, name)
            findings.count_labels(name, conversion.labels_of(doc))
        for name, writer in writers.items():
            findings.count(f"Docs in {name}", writer.n_docs)
            writer.finish()  # all before the first takes its place: a kill seldom leaves parts of two conversions
        findings.count("duplicate texts", repeats.n_repeated)
        findings.count("duplicates in several parts", repeats.n_shared)
    for file in (target / f"{name}{SUFFIX}" for name in PART_NAMES if name not in names):
        if file.exists():
            findings.tell(f"{file} is of an earlier conversion: other parts may share its texts.")


def _checked(parted: Iterator[tuple[str, Doc]], splitter: Splitter) -> Iterator[tuple[str, Doc]]:
    yield from parted
    splitter.check()
