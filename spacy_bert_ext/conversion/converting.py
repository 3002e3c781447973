"""From a file of data to `.spacy` files: all in one, or split into parts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from spacy.tokens import Doc

from ..errors import Errors
from .converters import Converter, converter_of, options_of, pipeline_of
from .docbins import SUFFIX, docs_written_whole, is_docs, read_docs
from .docs_of_records import RecordOptions
from .findings import Findings
from .parts import Splitter, parts_of


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
    watched: Callable[[Iterable[Doc]], Iterable[Doc]] = iter,
) -> Findings:
    """Write the Docs of a file of data. What was there is replaced, each file whole, or nothing is written.

    source: Docs, in `.spacy` files, stay as they are.
    target: A file; with `splitting` the folder of a file for each part.
    given: Options of the command, of those that were given.
    watched: Shows the progress of what it is given.
    RAISES (ValueError): A task or option that is unknown, a file of another format, one without anything to keep, or a
        part without Docs.
    RAISES (OSError): What can't be read or written.
    """
    converter = converter_of(task)
    findings = Findings()
    if splitting is not None and target.suffix:
        raise ValueError(Errors.B493.format(path=target))
    docs = iter(watched(_docs(source, task, lang, pipeline=pipeline, given=given, findings=findings)))
    first = next(docs, None)
    if first is None:
        fault = findings.faults[0] if findings.faults else None
        reason = f"{fault.place}: {fault.reason}" if fault else "it holds nothing"
        raise ValueError(Errors.B483.format(path=source, n_faults=len(findings.faults), reason=reason))
    docs = chain([first], docs)
    if splitting is None:
        _write(docs, target, converter, findings)
    else:
        _write_parts(docs, target, converter, splitting=splitting, findings=findings)
    return findings


def _docs(
    source: Path, task: str, lang: str, *, pipeline: str | None, given: Mapping[str, Any], findings: Findings
) -> Iterator[Doc]:
    converter, options = converter_of(task), options_of(task, given)
    nlp = pipeline_of(lang, pipeline, needs_sentences=converter.needs_sentences)
    if is_docs(source):
        return read_docs(source, nlp.vocab)
    if isinstance(options, RecordOptions):
        options = replace(options, lang=nlp.lang or lang)
    return converter.convert(source, nlp, options, findings)


def _write(docs: Iterator[Doc], target: Path, converter: Converter, findings: Findings) -> None:
    with docs_written_whole(target) as writer:
        for doc in docs:
            writer.add(doc)
            findings.count_labels("", converter.labels_of(doc))
        findings.count("Docs", writer.n_docs)


def _write_parts(
    docs: Iterator[Doc], target: Path, converter: Converter, *, splitting: Splitting, findings: Findings
) -> None:
    parts = parts_of(splitting.shares)
    splitter = Splitter(parts, splitting.seed)
    for part in parts:  # in their order
        findings.count_labels(part.name, ())
    with ExitStack() as stack:
        writers = {
            part.name: stack.enter_context(docs_written_whole(target / f"{part.name}{SUFFIX}")) for part in parts
        }
        for doc in docs:
            labels = converter.labels_of(doc)
            name = splitter.part_of(doc, labels)
            writers[name].add(doc)
            findings.count_labels(name, labels)
        splitter.check()
        for name, writer in writers.items():
            findings.count(f"Docs in {name}", writer.n_docs)
        findings.count("texts that stand there twice", splitter.n_repeated)
        findings.count("of these in several parts", splitter.n_shared)
