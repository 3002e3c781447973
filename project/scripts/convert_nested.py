"""JSON lines, a sentence each, with spans that may nest and overlap, to Docs with `doc.spans["sc"]`."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import typer
from conversion import DOWNLOAD_HINT, convert_splits, read_lines, write_splits
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

SUFFIX = ".jsonlines"
WHOLE = "all"  # name of the file that is split here


def main(
    folder: Path = typer.Argument(..., help="Folder with train, dev and, if there, test.jsonlines; or all.jsonlines"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the Docs"),
    spans_key: str = typer.Option("sc", help="Name of the group of spans on the Docs"),
    train_share: float = typer.Option(None, help="Split all.jsonlines: the part of its documents that come first"),
) -> None:
    """Convert nested spans."""
    read = partial(read_sentences, spans_key=spans_key)
    if train_share is None:
        convert_splits(folder, output, (SUFFIX,), read, lang)
    else:
        write_splits(output, lambda nlp: split_documents(list(read(nlp, folder / (WHOLE + SUFFIX))), train_share), lang)


def read_sentences(nlp: Language, path: Path, spans_key: str = "sc") -> Iterator[Doc]:
    """A Doc of each line. Its `document_id` tells `ContextCorpus.v1` its neighbours.

    RAISES (FileNotFoundError, ValueError): No file, a line without tokens or mentions, or a span that is none of it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"No {path}: {DOWNLOAD_HINT}")
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield sentence_to_doc(nlp, json.loads(line), spans_key)
        except (KeyError, TypeError, ValueError) as error:
            found = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{path}, line {number}: {found}") from error


def sentence_to_doc(nlp: Language, sentence: dict[str, Any], spans_key: str) -> Doc:
    """sentence (Dict): "tokens"; "doc_id"; "entity_mentions", each with "start", "end" (exclusive) and "entity_type".

    RAISES (KeyError, ValueError): What is missing in it, or a span that doesn't lie in the sentence.
    """
    if not isinstance(sentence, dict):
        raise ValueError(f"expected an object, found {sentence!r}")
    words = sentence["tokens"]
    # Whether a space follows a token is unknown.
    doc = Doc(nlp.vocab, words=words, sent_starts=[i == 0 for i in range(len(words))])
    doc.user_data["document_id"] = sentence["doc_id"]
    spans = []
    for mention in sentence["entity_mentions"]:
        start, end, label = mention["start"], mention["end"], mention["entity_type"]
        if not 0 <= start < end <= len(words):
            raise ValueError(f"'{label}' spans tokens {start} to {end}, but there are {len(words)} tokens")
        spans.append(Span(doc, start, end, label))
    doc.spans[spans_key] = SpanGroup(doc, name=spans_key, spans=sorted(spans))
    return doc


def split_documents(docs: list[Doc], train_share: float) -> dict[str, list[Doc]]:
    """No document is in both: its sentences would tell of each other.

    RAISES (ValueError): A share that leaves one of the splits empty.
    """
    names = list(dict.fromkeys(doc.user_data["document_id"] for doc in docs))
    n_train = int(len(names) * train_share)
    if not 0 < n_train < len(names):
        found = f"--train-share {train_share} leaves {n_train} of {len(names)} documents for training"
        raise ValueError(f"{found}: take one between 0 and 1 that leaves some for both")
    train = set(names[:n_train])
    return {
        "train": [doc for doc in docs if doc.user_data["document_id"] in train],
        "dev": [doc for doc in docs if doc.user_data["document_id"] not in train],
    }


if __name__ == "__main__":
    typer.run(main)
