"""What the blocks of a page find: a folder with corpora, a config, a trained pipeline, texts and an encoder."""

import json
import random
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from spacy_bert_ext import save_pipeline
from tests.cli.runner import run
from tests.docs.hub import make_encoder_checkpoint
from tests.pipeline.pipelines import learn, make_initialized

NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Karen")
PLACES = ("Paris", "Rome", "Berlin", "London", "Oslo", "Vienna")
ORGS = ("Acme", "Globex", "Initech", "Umbrella", "Hooli")
SENTENCES = (  # category; pattern
    ("travel", "{PERSON} moved to {GPE} on Monday ."),
    ("travel", "Last year {PERSON} visited {GPE} and {GPE} ."),
    ("business", "{ORG} opens an office in {GPE} ."),
    ("business", "{PERSON} joins {ORG} as a director ."),
    ("business", "The shares of {ORG} fell by 3 percent ."),
)
FILLERS = {"PERSON": NAMES, "GPE": PLACES, "ORG": ORGS}
SIZES = {"train": 60, "dev": 30, "test": 30}


def make_sandbox(folder: Path) -> Path:
    """Fill the folder, and give it. What is in it, the functions below tell."""
    encoder = folder / "project" / "encoders" / "all-MiniLM-L6-v2"
    encoder.mkdir(parents=True)
    make_encoder_checkpoint(encoder, "bert")
    corpora = make_corpora(folder)
    make_pipelines(folder, encoder, corpora["train"])
    make_texts(folder, corpora["test"])
    code, output = run(
        "init-config",
        folder / "config.cfg",
        "--encoder",
        encoder,
        "--train",
        folder / "train.spacy",
        "--dev",
        folder / "dev.spacy",
    )
    assert code == 0, output
    return folder


def make_corpora(folder: Path) -> dict[str, list[Doc]]:
    """`corpus/train.spacy`, `dev.spacy`, `test.spacy`; the first two also outside of `corpus`."""
    draws = random.Random(0)
    (folder / "corpus").mkdir()
    corpora = {part: [make_doc(i, draws) for i in range(size)] for part, size in SIZES.items()}
    for part, docs in corpora.items():
        for path in (folder / "corpus" / f"{part}.spacy", folder / f"{part}.spacy"):
            DocBin(docs=docs, store_user_data=True).to_disk(path)
    return corpora


def make_doc(number: int, draws: random.Random) -> Doc:
    """With entities, one of two categories, and the entities again as spans, each with its last token as NAME."""
    category, pattern = SENTENCES[number % len(SENTENCES)]
    words, tags = [], []
    for word in pattern.split():
        label = word.strip("{}")
        words.append(draws.choice(FILLERS[label]) if label in FILLERS else word)
        tags.append(f"B-{label}" if label in FILLERS else "O")
    doc = Doc(VOCAB, words=words, ents=tags)
    doc.cats = {"travel": float(category == "travel"), "business": float(category == "business")}
    doc.spans["sc"] = list(doc.ents)
    return doc


VOCAB = spacy.blank("en").vocab


def make_pipelines(folder: Path, encoder: Path, docs: list[Doc]) -> None:
    """`training/model-best` and `my_pipeline`: encoder, entities and categories, which have learned a little."""
    nlp = make_initialized(str(encoder), ())
    for head in ("bert_ner", "bert_textcat"):
        nlp.add_pipe(head)
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    nlp.initialize(lambda: examples)
    learn(nlp, examples, steps=15)
    for name in ("training/model-best", "my_pipeline"):
        save_pipeline(nlp, folder / name)


def make_texts(folder: Path, docs: list[Doc]) -> None:
    """`texts.txt`, a text a line, and `texts.jsonl`."""
    texts = [doc.text for doc in docs]
    (folder / "texts.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf8")
    lines = (json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts))
    (folder / "texts.jsonl").write_text("".join(lines), encoding="utf8")
