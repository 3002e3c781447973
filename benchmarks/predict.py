"""Annotates texts with all contenders side by side: in round i each gets slice i, texts that none has seen before."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import spacy
import torch
import typer
from bare_encoder import BareEncoder, make_batches, window_ids
from errors import require
from hub_pipelines import BATCH_SIZE, TransformersPipelines, build_spacy_huggingface_pipelines
from measure import interleave, saved_tasks
from options import MODELS, OURS, PLAIN, SPACY_TRANSFORMERS, chosen_tasks, results_name, spacy_follows, use_device
from padding import padding_shares
from plain_model import load_plain
from plain_prediction import PlainPredictor
from precisions import NAMES
from report import Report, print_report, publish, summarize
from scoring import score
from spacy_pipelines import SpacyPipeline
from tasks import TASKS, Task, text_of

from spacy_bert_ext.encoder.device import choose_precision
from spacy_bert_ext.encoder.model import max_batch_pieces_of

TRAIN_COMMAND = "make bench-train"


def main(
    task: list[str] = typer.Option(None, help="utterances, documents; default: both"),
    rounds: int = typer.Option(7, help="Measured rounds; one more comes before them"),
    max_docs: int = typer.Option(None, help="Docs of development data, and texts of a round, at most"),
    device: str = typer.Option("auto", help="auto, cpu, cuda:0"),
    name: str = typer.Option(None, help="Name of the file of results; default: predict"),
) -> None:
    """Measure prediction."""
    where = use_device(device)
    with_spacy = spacy_follows(where)
    name = name or results_name("predict", where)
    figures = saved_tasks(name)
    for task_name in chosen_tasks(task):
        data = TASKS[task_name](max_docs)
        slices = cut(data, rounds + 1, max_docs)
        contenders = load_contenders(data.name, where, with_spacy=with_spacy)
        bare = load_bare(data.name, slices, where)
        report = run(data, slices, contenders, bare)
        print_report(f"Prediction, {task_name}", report)
        max_batch_pieces = max_batch_pieces_of(contenders[OURS].nlp.get_pipe("bert_encoder").model)
        ids = window_ids(slices[0], ours_folder(task_name) / "bert_encoder")
        shares = padding_shares(ids, max_batch_pieces, where)
        print("Padded pieces for each real one: " + ", ".join(f"{way} {share:.3f}" for way, share in shares.items()))
        figures[task_name] = {**report, "padding": shares, "texts_per_round": len(slices[0])}
        publish(name, "Prediction", where, figures)


def cut(data: Task, n_slices: int, max_texts: int | None) -> list[list[str]]:
    size = min(data.slice_texts, max_texts or data.slice_texts)
    n_texts = size * n_slices
    if n_texts > len(data.texts):
        raise SystemExit(f"{n_slices} rounds of {size} texts are more than the {len(data.texts):,} texts there are")
    return [data.texts[start : start + size] for start in range(0, n_texts, size)]


def run(
    data: Task, slices: Sequence[Sequence[str]], contenders: Mapping, bare: Mapping[str, Callable[[int], None]]
) -> Report:
    """Rounds on all slices but the last, which warms up; then accuracy, so that the texts of the rounds are new."""
    work = {name: partial(_run_slice, contender, slices) for name, contender in contenders.items()} | dict(bare)
    for run_slice in work.values():
        run_slice(len(slices) - 1)
    seconds = interleave(work, len(slices) - 1)
    texts = [text_of(doc) for doc in data.dev]
    found = {name: score(data.dev, contender.annotate(texts)) for name, contender in contenders.items()}
    count = spacy.blank("en").tokenizer
    words = [sum(len(doc) for doc in count.pipe(texts_)) for texts_ in slices[:-1]]
    return summarize(seconds, words, found)


def _run_slice(contender, slices: Sequence[Sequence[str]], i: int) -> None:
    contender.run(slices[i])


def load_contenders(task: str, device: torch.device, *, with_spacy: bool) -> dict:
    """Loaded from what `train.py` saved."""
    plain = require(MODELS / task / PLAIN, TRAIN_COMMAND)
    own = ours_folder(task)
    block = "components.bert_encoder.model"
    contenders = {OURS: SpacyPipeline(spacy.load(own, config={f"{block}.device": str(device)}))}
    precision = choose_precision("auto", device)
    if precision != torch.float32:
        settings = {f"{block}.device": str(device), f"{block}.precision": "fp32"}
        contenders[f"{OURS}, fp32"] = SpacyPipeline(spacy.load(own, config=settings))
    if with_spacy:
        theirs = require(MODELS / task / SPACY_TRANSFORMERS, TRAIN_COMMAND)
        contenders[SPACY_TRANSFORMERS] = SpacyPipeline(spacy.load(theirs))
        # thinc's autocast is for CUDA only.
        if device.type == "cuda":
            mixed = {"components.transformer.model.mixed_precision": True}
            contenders[f"{SPACY_TRANSFORMERS}, mixed precision"] = SpacyPipeline(spacy.load(theirs, config=mixed))
    for kind in dict.fromkeys((precision, torch.float32)):
        model, tokenizer, labels = load_plain(plain, device, kind)
        contenders[f"PyTorch + transformers, {NAMES[kind]}"] = PlainPredictor(model, tokenizer, labels, device)
    contenders["transformers pipeline()"] = TransformersPipelines(plain, device)
    if with_spacy and find_spec("spacy_huggingface_pipelines"):
        nlp = build_spacy_huggingface_pipelines(plain)
        contenders["spacy-huggingface-pipelines"] = SpacyPipeline(nlp, batch_size=BATCH_SIZE)
    return contenders


def load_bare(task: str, slices: Sequence[Sequence[str]], device: torch.device) -> dict[str, Callable[[int], None]]:
    """Forwards alone of our trained encoder, over windows that are made here."""
    folder = ours_folder(task) / "bert_encoder"
    batches = [make_batches(window_ids(texts, folder), device) for texts in slices]
    bare = {}
    for kind in dict.fromkeys((choose_precision("auto", device), torch.float32)):
        encoder = BareEncoder(folder, device, kind)
        bare[f"bare encoder, {NAMES[kind]}"] = partial(_run_slice, encoder, batches)
    return bare


def ours_folder(task: str) -> Path:
    return require(MODELS / task / OURS, TRAIN_COMMAND)


if __name__ == "__main__":
    typer.run(main)
