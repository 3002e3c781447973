"""Our contender for questions: data of the plain loop, converted, and trained by `spacy train` with as many steps."""

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import spacy
import srsly
from options import MODELS
from plain_questions import BATCH, MAX_PIECES, STRIDE, Question
from spacy.language import Language
from spacy.tokens import Doc
from tasks import PROJECT
from thinc.api import Config

from spacy_bert_ext.cli.configs.complete import complete_config
from spacy_bert_ext.conversion.converters import convert_file

ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
FOLDER = MODELS / "questions"

# Fields in braces are filled in below.
CONFIG = """
[paths]
encoder = "{encoder}"
train = "{folder}/train.spacy"
dev = "{folder}/dev.spacy"

[nlp]
lang = "en"
pipeline = ["bert_encoder", "bert_qa"]

[components.bert_encoder.model]
window_pieces = {window_pieces}
overlap_pieces = {overlap_pieces}

[training]
max_steps = {steps}
eval_frequency = {steps}

[training.batcher]
max_batch_docs = {batch_docs}
max_batch_pieces = 16384
"""


def trained(train: Sequence[Question], dev: Sequence[Question], *, steps: int, windows: int, seed: int) -> Path:
    """Train, if that has not been done, with the last weights as the result: none are chosen on what is scored.

    windows (int): Of the plain loop. A batch has as many questions as its batch of windows has on average.
    """
    folder = FOLDER / f"ours-{steps}-{seed}"
    if (folder / "model-last").exists():
        return folder / "model-last"
    folder.mkdir(parents=True, exist_ok=True)
    convert("train", train, folder)
    convert("dev", dev[:200], folder)  # spaCy wants to score something; the figures are taken from all
    batch_docs = round(BATCH * len(train) / windows)
    config = Config().from_str(complete_config(config_text(folder, steps=steps, batch_docs=batch_docs)))
    config["system"]["seed"] = seed
    config.to_disk(folder / "config.cfg")
    begin = time.perf_counter()
    command = [sys.executable, "-m", "spacy", "train", str(folder / "config.cfg"), "--output", str(folder)]
    subprocess.run(command, check=True)
    print(f"ours, seed {seed}: trained in {time.perf_counter() - begin:.0f} s", flush=True)
    return folder / "model-last"


def config_text(folder: Path, *, steps: int, batch_docs: int) -> str:
    return CONFIG.format(
        encoder=ENCODER,
        folder=folder,
        window_pieces=MAX_PIECES,
        overlap_pieces=STRIDE,
        steps=steps,
        batch_docs=batch_docs,
    )


def convert(split: str, questions: Iterable[Question], folder: Path) -> None:
    """By `spacy bert convert`, of JSON lines. An answer that fits no tokens is widened to those that it touches."""
    rows = [
        {
            "id": question.id,
            "context": question.context,
            "question": question.question,
            "answers": [{"text": text, "start": start} for text, start in question.answers],
        }
        for question in questions
    ]
    srsly.write_jsonl(folder / f"{split}.jsonl", rows)
    source, target = folder / f"{split}.jsonl", folder / f"{split}.spacy"
    findings = convert_file(source, target, "qa", lang="en", pipeline=None, given={"snap": True})
    print(split, findings.counts, flush=True)


def answers(nlp: Language, questions: Sequence[Question]) -> dict[str, str]:
    """Texts by id of the question, "" for no answer."""
    found = nlp.pipe(asked(nlp, question) for question in questions)
    return {question.id: _answer(doc) for question, doc in zip(questions, found, strict=True)}


def asked(nlp: Language, question: Question) -> Doc:
    doc = nlp.make_doc(question.context)
    doc._.questions = {question.id: question.question}
    return doc


def _answer(doc: Doc) -> str:
    return next((span.text for span in doc.spans["answers"]), "")


def untrained(window_pieces: int, overlap_pieces: int) -> Language:
    """For times: what the weights of the head are makes no difference."""
    text = config_text(FOLDER, steps=100, batch_docs=1)
    config = Config().from_str(complete_config(text), interpolate=False)
    config["components"]["bert_encoder"]["model"].update(
        {"window_pieces": window_pieces, "overlap_pieces": overlap_pieces}
    )
    nlp = spacy.util.load_model_from_config(config, auto_fill=True)
    doc = nlp.make_doc("Ada moved to Rome.")
    doc._.questions = {"PLACE": "Where to?"}
    doc.spans["answers"] = [doc.char_span(13, 17, "PLACE")]
    example = spacy.training.Example(nlp.make_doc(doc.text), doc)
    nlp.initialize(lambda: [example])
    return nlp
