"""Formats of data: generated Docs to each format and back, and memory while large files are read.

Run by `make bench-formats`. Each figure comes from a fresh process. Docs have emoji, right-to-left text, doubled blanks
and line breaks; texts, tokens and annotations must come back as they were.
"""

import argparse
import itertools
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import spacy
from markdown_table import table_row
from measure import save
from processes import fresh
from spacy.tokens import Doc, DocBin, Span, SpanGroup

from spacy_bert_ext.conversion.converting import convert_file
from spacy_bert_ext.conversion.exporting import export_file
from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions
from spacy_bert_ext.conversion.formats.table import FORMATS, writable_format
from spacy_bert_ext.conversion.records import Mark, Record

TASKS = ("ner", "spans", "textcat", "textcat_multilabel")
WRITTEN = [name for name, format in FORMATS.items() if format.write is not None]
NOT_HELD = {("conll", "spans"), ("brat", "textcat"), ("brat", "textcat_multilabel")}
WORDS = """Ada Lovelace went to 👩\u200d👩\u200d👧 🇩🇪 😀 שלום مرحبا नमस्ते 你好世界 東京 don't “quoted” "q"
a,b x;y #tag -DOCSTART- O
B-PER 1.000,50 C:\\n e\u0301 | \\ { } [[0,1]] https://a.b/c?d=e =1+1"""
GAPS = [*[" "] * 12, "  ", "   ", "\n", "\r\n", "\t", "\n\n", " \n", "\u00a0", ""]
LABELS = ("PER", "ORG-X", "人名", "O", "a_b")
CATEGORIES = ("a,b", "C-3", "positive", "very bad", "x|y")


# Each in a process of its own


def trips(name: str, n_docs: str) -> dict:
    """Docs of each task that the format holds."""
    return {task: trip(task, name, int(n_docs)) for task in TASKS if (name, task) not in NOT_HELD}


def trip(task: str, name: str, n_docs: int) -> dict:
    """Docs that are written, read, and compared."""
    random_ = random.Random(0)
    nlp = spacy.blank("xx")
    docs = [_doc(nlp, random_, task) for _ in range(n_docs)]
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        gold, between, back = (Path(folder) / file for file in ("gold.spacy", f"file{_ending(name)}", "back.spacy"))
        DocBin(docs=docs, store_user_data=True).to_disk(gold)
        findings = [export_file(gold, between, task, to=name, given={})]
        findings.append(convert_file(between, back, task, lang="xx", pipeline=None, given={"format": name}))
        found = [_annotations(doc) for doc in DocBin().from_disk(back).get_docs(nlp.vocab)]
    expected = [_annotations(doc) for doc in docs]
    if name == "brat":  # in the order of file names
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    n_unequal = sum(one != other for one, other in itertools.zip_longest(found, expected))
    n_faults = sum(len(one.faults) for one in findings)
    return {"unequal": n_unequal, "left_out": n_faults, "seconds": round(time.perf_counter() - begin, 1)}


def memory(name: str, megabytes: str) -> dict:
    """The most memory while a large file is read: after the first 10,000 texts, and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{_ending(name)}"
        size = int(megabytes) * 10**6
        writable_format(name)(_records(size), path, WriteOptions(), Findings())
        options, findings = ReadOptions(), Findings()
        begin, first = time.process_time(), 0.0
        n_texts = 0
        for n_texts, _ in enumerate(FORMATS[name].read(path, options, findings), 1):
            if n_texts == 10_000:
                first = _peak()
        return {
            "megabytes": round(path.stat().st_size / 10**6),
            "texts": n_texts,
            "mib_after_10000": first,
            "mib": _peak(),
            "cpu_s": round(time.process_time() - begin, 1),
        }


def _doc(nlp: spacy.language.Language, random_: random.Random, task: str) -> Doc:
    doc = nlp(
        "Ada " + "".join(random_.choice(WORDS.split()) + random_.choice(GAPS) for _ in range(random_.randint(1, 25)))
    )
    spans: list[Span] = []
    for _ in range(random_.randint(0, 4)):
        start = random_.randrange(len(doc))
        span = Span(doc, start, min(len(doc), start + random_.randint(1, 4)), random_.choice(LABELS))
        is_free = task == "spans" or all(span.end <= one.start or one.end <= span.start for one in spans)
        is_new = all((span.start, span.end) != (one.start, one.end) for one in spans)
        if is_free and is_new and not span[0].is_space and not span[-1].is_space:
            spans.append(span)
    spans.sort(key=lambda span: (span.start, span.end))
    if task == "ner":
        doc.set_ents(spans, default="outside")
    elif task == "spans":
        doc.spans["sc"] = SpanGroup(doc, name="sc", spans=spans)
    elif task == "textcat":
        held = random_.choice(CATEGORIES)
        doc.cats = {category: float(category == held) for category in CATEGORIES}
    else:
        doc.cats = {category: float(random_.random() < 0.3) for category in CATEGORIES}
    return doc


def _annotations(doc: Doc) -> tuple:
    spans = [*doc.ents, *doc.spans.get("sc", ())]
    return doc.text, [token.text for token in doc], [(one.start, one.end, one.label_) for one in spans], doc.cats


def _records(size: int) -> Iterator[Record]:
    words = "the president of Germany met Angela Merkel in Berlin on Monday and said that it was raining"
    random_ = random.Random(0)
    while size > 0:
        text = " ".join(random_.choices(words.split(), k=40))
        size -= len(text) + 40  # about what a format adds
        yield Record("", text, marks=(Mark(0, len(text.split()[0]), "X"),))


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _ending(name: str) -> str:
    return FORMATS[name].ending


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=5000)
    parser.add_argument("--megabytes", type=int, default=200)
    arguments = parser.parse_args()
    found, read = {}, {}
    print(table_row(["format", "task", "Docs", "not equal", "left out", "s"]) + "\n" + table_row(["---"] * 6))
    for name in WRITTEN:
        found[name] = fresh(__file__, "trips", name, arguments.docs)
        for task, one in found[name].items():
            if task in TASKS:
                cells = (one["unequal"], one["left_out"], one["seconds"])
                print(table_row([name, task, f"{arguments.docs:,}", *map(str, cells)]), flush=True)
    header = ["format", "MB", "texts", "MiB after 10,000", "MiB at the end", "CPU s"]
    print("\n" + table_row(header) + "\n" + table_row(["---"] * 6))
    for name in WRITTEN:
        if name != "brat":  # a file for each text
            one = read[name] = fresh(__file__, "memory", name, arguments.megabytes)
            cells = (one["megabytes"], f"{one['texts']:,}", one["mib_after_10000"], one["mib"], one["cpu_s"])
            print(table_row([name, *map(str, cells)]), flush=True)
    save("formats", {"docs": arguments.docs, "trips": found, "memory": read})


if __name__ == "__main__":
    if sys.argv[1:2] in (["trips"], ["memory"]):
        print(json.dumps({"trips": trips, "memory": memory}[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
