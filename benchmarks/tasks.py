"""The two kinds of text: short utterances and long documents, as annotated Docs."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import spacy
from errors import require
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

HERE = Path(__file__).parent
PROJECT = HERE.parent / "project"
CORPUS = PROJECT / "corpus"
BBC = PROJECT / "assets" / "bbc"
DATA_COMMAND = "make bench-data"

SEED = 0
SENTENCES_PER_DOC = 10  # of CoNLL-2003, whose corpus has one sentence a Doc
DEV_EVERY = 4  # every 4th article is for measuring accuracy
TRAIN_ARTICLES = 600


@dataclass(frozen=True)
class Task:
    """What every contender trains on and is measured with.

    batch_pieces, batch_docs: Of a batch of training: padded pieces and Docs, at most.
    train, dev: Docs with entities, categories, or both. Entities that are missing are so in every token.
    texts: For measuring speed, in random order, none twice.
    slice_texts: How many of them are one round's.
    epochs: Passes over the training data.
    """

    name: str
    batch_pieces: int
    batch_docs: int
    train: list[Doc]
    dev: list[Doc]
    texts: list[str]
    slice_texts: int
    epochs: int

    @property
    def categories(self) -> list[str]:
        return sorted({category for doc in self.train for category in doc.cats})

    @property
    def labels(self) -> list[str]:
        return sorted({ent.label_ for doc in self.train for ent in doc.ents})


def load_utterances(max_docs: int | None) -> Task:
    """Snips: slots as entities, intents as categories, both on every utterance."""
    nlp = spacy.blank("en")
    train, dev = read_docs("snips", "train", nlp.vocab), read_docs("snips", "dev", nlp.vocab)
    texts = shuffled(dict.fromkeys(text_of(doc) for doc in [*train, *dev]))
    return Task("utterances", 1024, 64, shuffled(train)[:max_docs], dev[:max_docs], texts, 1000, 2)


def load_documents(max_docs: int | None) -> Task:
    """BBC articles with categories, CoNLL-2003 with entities: no Doc has both."""
    nlp = spacy.blank("en")
    articles = read_articles()
    dev_articles = articles[::DEV_EVERY]
    others = shuffled(article for i, article in enumerate(articles) if i % DEV_EVERY)
    categories = sorted({category for category, _ in articles})
    train_articles, unused = others[:TRAIN_ARTICLES], others[TRAIN_ARTICLES:]
    train = [article_to_doc(nlp, *article, categories) for article in train_articles]
    train += join_sentences(read_docs("conll2003", "train", nlp.vocab))
    dev = [article_to_doc(nlp, *article, categories) for article in dev_articles]
    dev += join_sentences(read_docs("conll2003", "dev", nlp.vocab))
    texts = shuffled(text for _, text in [*dev_articles, *unused])
    return Task("documents", 2048, 64, shuffled(train)[:max_docs], shuffled(dev)[:max_docs], texts, 40, 1)


TASKS = {"utterances": load_utterances, "documents": load_documents}


def read_docs(corpus: str, split: str, vocab: Vocab) -> list[Doc]:
    path = require(CORPUS / corpus / f"{split}.spacy", DATA_COMMAND)
    return list(DocBin().from_disk(path).get_docs(vocab))


def read_articles() -> list[tuple[str, str]]:
    """Category and text of each BBC article. Some are there twice; the second is left out."""
    require(BBC, DATA_COMMAND)
    paths = sorted(BBC.glob("*/*.txt"))
    categories: dict[str, str] = {}
    for path in paths:
        # One byte of the archive is no UTF-8.
        categories.setdefault(path.read_bytes().decode("utf8", errors="replace"), path.parent.name)
    return [(category, text) for text, category in categories.items()]


def article_to_doc(nlp, category: str, text: str, categories: Iterable[str]) -> Doc:
    # A new Doc's entities are missing, which is what they are here.
    doc = nlp.make_doc(text)
    doc.cats = {name: float(name == category) for name in categories}
    return doc


def join_sentences(docs: list[Doc]) -> list[Doc]:
    """Documents of consecutive sentences. The corpus no longer tells where its documents end."""
    groups = [docs[i : i + SENTENCES_PER_DOC] for i in range(0, len(docs), SENTENCES_PER_DOC)]
    return [Doc.from_docs(group) for group in groups]


def text_of(doc: Doc) -> str:
    """The text, without the space that Docs made from words end with."""
    return doc.text.rstrip(" ")


def shuffled(items: Iterable) -> list:
    items = list(items)
    random.Random(SEED).shuffle(items)
    return items


def copy_docs(docs: list[Doc], vocab: Vocab) -> list[Doc]:
    """The same Docs with another pipeline's vocabulary."""
    return list(DocBin(docs=docs).get_docs(vocab))


def has_entities(doc: Doc) -> bool:
    """Whether entities are annotated, if only that there are none."""
    return doc.has_annotation("ENT_IOB")
