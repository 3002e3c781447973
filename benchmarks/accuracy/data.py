"""What every contender learns from and is scored on: corpora that the commands of `project/` write."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import spacy
from errors import require
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.vocab import Vocab
from transformers import AutoTokenizer

from spacy_bert_ext import with_context
from spacy_bert_ext.training.corpora import DOCUMENT_ID

PROJECT = Path(__file__).parents[2] / "project"
ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
# What a head predicts: entities, the one category that holds, or any number of them.
Target = Literal["entities", "category", "categories"]


@dataclass(frozen=True)
class Data:
    """corpus: Folder in project/corpus, for contenders that are spaCy pipelines.
    targets: What is predicted.
    contenders: Who is compared on it.
    seeds: How many runs a contender gets; one where a run takes more than 10 minutes on a CPU.
    sentences: Folder of the same corpus by sentence, for contenders that read it so; None if it is the same.
    epochs: Passes over the training data.
    train_docs: So many of the training Docs, the first ones, are trained on; None for all.
    tune_docs: So many after those tune thresholds.
    """

    corpus: str
    targets: tuple[Target, ...]
    contenders: tuple[str, ...]
    seeds: int
    sentences: str | None = None
    epochs: int = 5
    train_docs: int | None = None
    tune_docs: int = 0

    def train(self, corpus: str, max_docs: int | None = None) -> list[Doc]:
        return read_docs(corpus, "train")[: self.train_docs][:max_docs]

    def tune(self, corpus: str, max_docs: int | None = None) -> list[Doc]:
        if not self.tune_docs:
            return []
        return read_docs(corpus, "train")[self.train_docs :][: self.tune_docs][:max_docs]

    def dev(self, corpus: str, max_docs: int | None = None) -> list[Doc]:
        return read_docs(corpus, "dev")[:max_docs]


ALL = ("ours", "plain", "spacy_transformers", "spacy_transformers_5e-5")
DATA = {
    "wnut17": Data("wnut17", ("entities",), ALL, seeds=3),
    "sst2": Data("sst2", ("category",), ALL, seeds=3, epochs=3),
    "snips": Data("snips", ("category", "entities"), ("ours", "plain"), seeds=3),
    # The first 10,000 texts: thresholds are tuned on the last tenth of them.
    "goemotions": Data("goemotions", ("categories",), ALL, seeds=3, train_docs=9000, tune_docs=1000),
    "conll2003": Data("conll2003_documents", ("entities",), (*ALL, "ours_sentences"), seeds=1, sentences="conll2003"),
    "bbc": Data("bbc", ("category",), ("ours", "ours_first_512", "plain"), seeds=1, epochs=2),
}


def read_docs(corpus: str, split: str) -> list[Doc]:
    command = f"python -m spacy project run {corpus}-convert project"
    path = require(PROJECT / "corpus" / corpus / f"{split}.spacy", command)
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def first_pieces_only(docs: list[Doc], max_pieces: int) -> list[Doc]:
    """What is left of the texts when they are cut as is usual: at so many pieces, two special ones included."""
    nlp = spacy.blank("en")
    tokenizer = AutoTokenizer.from_pretrained(ENCODER)
    cut = []
    for doc in docs:
        encoded = tokenizer(doc.text, truncation=True, max_length=max_pieces, return_offsets_mapping=True)
        # The last piece is a special one, at no place.
        end = max(end for _, end in encoded["offset_mapping"])
        cut.append(nlp.make_doc(doc.text[:end]))
        cut[-1].cats = dict(doc.cats)
    return cut


def write_docs(docs: list[Doc], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


def without_annotations(doc: Doc, vocab: Vocab | None = None) -> Doc:
    """A Doc of the same words."""
    words = [token.text for token in doc]
    return Doc(vocab or doc.vocab, words=words, spaces=[bool(token.whitespace_) for token in doc])


def to_predict_on(docs: Sequence[Doc], vocab: Vocab | None = None) -> list[Doc]:
    """Docs of the same words. Sentences of which it is known are told of those around them."""
    found: list[Doc] = []
    for document, group in groupby(docs, key=lambda doc: doc.user_data.get(DOCUMENT_ID)):
        parts = [without_annotations(doc, vocab) for doc in group]
        found += parts if document is None else with_context([parts])
    return found


def examples_of(docs: Sequence[Doc]) -> list[Example]:
    return [Example(*pair) for pair in zip(to_predict_on(docs), docs, strict=True)]
