"""Int8 pipelines beside those that they were made of: what they lose, and how much faster they are.

    python benchmarks/int8.py --part quality --data wnut17      quantises a trained pipeline, and compares the two
    python benchmarks/int8.py --part speed --texts documents    rounds in turns, with the pipeline of Snips

Each call adds its figures to `results/int8.json`, and prints all of them.
"""

import shutil
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import spacy
import torch
import typer
from bare_encoder import BareEncoder, make_batches, window_ids
from errors import require
from markdown_table import table_row
from measure import interleave, median_ratio, save, saved_parts
from options import MODELS, SPACY_TRANSFORMERS
from spacy.tokens import Doc
from spacy.util import fix_random_seed
from spacy_pipelines import SpacyPipeline, SpacyTrainer
from tasks import CORPUS, PROJECT, read_docs, shuffled, text_of

from spacy_bert_ext.encoder.inputs import Inputs
from spacy_bert_ext.quantization.describing import summary
from spacy_bert_ext.quantization.quantizing import Request, quantize

NAME = "int8"
# By the names of their recipes in project/.
DATA = ("wnut17", "sst2", "snips", "conll2003_documents")
SPEED_DATA = "snips"  # whose pipeline has entities and categories
SLICES = {"utterances": 1000, "documents": 60}  # texts of a round: 9,000 and 13,000 words
ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
SEED = 0
PEER_DOCS, PEER_STEPS, PEER_BATCH = 1000, 40, 16

Run = Callable[[int], None]


def main(
    part: str = typer.Option("all", help="quality, speed or all"),
    data: list[str] = typer.Option(None, help="A recipe's name, see DATA; default: all"),
    texts: list[str] = typer.Option(None, help="utterances, documents; default: both"),
    trained: Path = typer.Option(PROJECT / "training", help="Folder of the trained pipelines, by name"),
    backend: str = typer.Option("openvino", help="openvino or onnx"),
    rounds: int = typer.Option(7, help="Measured rounds of speed"),
    threads: int = typer.Option(1, help="Of torch and the back end"),
) -> None:
    """Measure int8."""
    torch.set_num_threads(threads)
    figures = saved_parts(NAME, ("quality", "speed"))
    if part in ("all", "quality"):
        for name in data or DATA:
            figures.setdefault("quality", {}).setdefault(backend, {})[name] = quality(name, trained, backend)
            save(NAME, figures)
    if part in ("all", "speed"):
        for kind in texts or SLICES:
            figures.setdefault("speed", {}).setdefault(backend, {})[kind] = speed(kind, trained, backend, rounds)
            save(NAME, figures)
    print(tables(figures))


def pipeline_folder(name: str, trained: Path) -> Path:
    folder = trained / name / "model-best"
    folder = folder if folder.exists() else trained / name
    return require(folder / "meta.json", f"cd project; python -m spacy project run {name}-train").parent


def int8_folder(name: str, backend: str) -> Path:
    return MODELS / NAME / backend / name


def quality(name: str, trained: Path, backend: str) -> dict:
    """Quantise, save for `speed`, and give what `spacy bert quantize` prints."""
    folder = pipeline_folder(name, trained)
    original, nlp = spacy.load(folder), spacy.load(folder)
    corpus = CORPUS / name
    request = Request(
        backend,
        calibrate=corpus / "train.spacy",
        evaluate=require(corpus / "dev.spacy", f"cd project; python -m spacy project run {name}-convert"),
        n_texts=1000,
        seed=SEED,
        refit=True,
    )
    report = quantize(original, nlp, request)
    output = int8_folder(name, backend)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    nlp.to_disk(output)
    return summary(report)


def speed(kind: str, trained: Path, backend: str, rounds: int) -> dict:
    """Rounds in turns. In round i each contender gets slice i; one more slice comes before, to warm up."""
    folder = pipeline_folder(SPEED_DATA, trained)
    quantized = require(
        int8_folder(SPEED_DATA, backend), f"python benchmarks/int8.py --part quality --data {SPEED_DATA}"
    )
    texts = _texts(kind)
    size = SLICES[kind]
    slices = [[texts[j % len(texts)] for j in range(i * size, (i + 1) * size)] for i in range(rounds + 1)]
    plain, int8 = spacy.load(folder), spacy.load(quantized)
    contenders: dict[str, Run] = {
        "ours, bf16": _pipeline(plain, slices),
        "ours, int8": _pipeline(int8, slices),
        SPACY_TRANSFORMERS: _pipeline(_spacy_transformers(), slices),
    }
    encoder = folder / "bert_encoder"
    batches = [make_batches(window_ids(part, encoder), torch.device("cpu")) for part in slices]
    bare = BareEncoder(encoder, torch.device("cpu"), torch.bfloat16)
    contenders["encoder, bf16, transformers"] = lambda i: bare.run(batches[i])
    contenders["encoder, bf16, ours"] = partial(_encode, plain, batches)
    contenders["encoder, int8"] = partial(_encode, int8, batches)
    for run in contenders.values():
        run(rounds)
    seconds = interleave(contenders, rounds)
    tokenizer = spacy.blank("en").tokenizer
    words = [sum(len(tokenizer(text)) for text in part) for part in slices[:rounds]]
    return {
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "texts_per_round": size,
        "words_per_round": statistics.median(words),
        "words_per_second": {
            name: statistics.median(n / t for n, t in zip(words, times, strict=True)) for name, times in seconds.items()
        },
        "int8_over_bf16": median_ratio(seconds["ours, int8"], seconds["ours, bf16"]),
        "encoder_int8_over_bf16": median_ratio(seconds["encoder, int8"], seconds["encoder, bf16, ours"]),
        "int8_over_bare_encoder_bf16": median_ratio(seconds["ours, int8"], seconds["encoder, bf16, transformers"]),
        "words_over_spacy_transformers": median_ratio(seconds[SPACY_TRANSFORMERS], seconds["ours, int8"]),
        "seconds": {name: [round(t, 4) for t in times] for name, times in seconds.items()},
    }


def _texts(kind: str) -> list[str]:
    vocab = spacy.blank("en").vocab
    if kind == "utterances":
        docs = read_docs("snips", "train", vocab)
        return shuffled(dict.fromkeys(map(text_of, docs)))
    docs = [doc for part in ("train", "dev") for doc in read_docs("conll2003_documents", part, vocab)]
    return shuffled(map(text_of, docs))


def _pipeline(nlp: spacy.Language, slices: Sequence[Sequence[str]]) -> Run:
    contender = SpacyPipeline(nlp)
    return lambda i: contender.run(slices[i])


def _encode(nlp: spacy.Language, batches: Sequence[Sequence], i: int) -> None:
    predictor = nlp.get_pipe("bert_encoder").shim.predictor()
    with torch.no_grad():
        for ids, mask in batches[i]:
            predictor(Inputs(ids, mask))


def _spacy_transformers() -> spacy.Language:
    """What bench-train has trained; without that one trained for some steps, which is as fast."""
    folder = MODELS / "utterances" / SPACY_TRANSFORMERS
    if folder.exists():
        return spacy.load(folder)
    fix_random_seed(SEED)
    docs: list[Doc] = read_docs("snips", "train", spacy.blank("en").vocab)[:PEER_DOCS]
    steps = {"warmup_steps": 4, "total_steps": PEER_STEPS}
    trainer = SpacyTrainer(
        "spacy_transformers.cfg", ENCODER, docs, schedule="training.optimizer.learn_rate", settings={}, **steps
    )
    order = np.random.default_rng(SEED).permutation(len(docs))
    for step in range(PEER_STEPS):
        trainer.train(order[step * PEER_BATCH : (step + 1) * PEER_BATCH].tolist())
    return trainer.nlp


def tables(figures: dict) -> str:
    """Markdown."""
    lines = []
    for backend, found in figures.get("quality", {}).items():
        lines += [f"\n{backend}: what int8 loses\n"]
        lines += ["| data | score | before | int8 | loss | equal | ECE before | int8, refitted | size |"]
        lines += ["| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
        lines += [row for name, report in found.items() for row in _quality_rows(name, report)]
    for backend, found in figures.get("speed", {}).items():
        header = ["texts", "int8 / bf16", "encoder alone", "words/s over spacy-transformers", "words/s bf16", "int8"]
        lines += [f"\n{backend}: time\n", table_row(header), table_row(["---", *["---:"] * (len(header) - 1)])]
        for kind, one in found.items():
            keys = ("int8_over_bf16", "encoder_int8_over_bf16", "words_over_spacy_transformers")
            speeds = (one["words_per_second"][name] for name in ("ours, bf16", "ours, int8"))
            lines += [table_row([kind, *(f"{one[key]:.2f}" for key in keys), *(f"{value:,.0f}" for value in speeds)])]
    return "\n".join(lines)


def _quality_rows(name: str, report: dict) -> list[str]:
    rows = []
    size = report["megabytes"]["after"] / report["megabytes"]["before"]
    for one in report["scores"]:
        component = one["component"]
        shares = report["equal"]
        share = shares["entities"] if component == "bert_ner" else shares[f"categories of {component}"]
        head = report["heads"][component]
        loss = 100 * (one["before"] - one["after"])
        numbers = [f"{100 * one['before']:.2f}", f"{100 * one['after']:.2f}", f"{loss:.2f}", f"{share:.2%}"]
        rows.append(
            table_row([name, one["score"], *numbers, f"{head['ece_before']:.3f}", f"{head['ece']:.3f}", f"{size:.2f}"])
        )
    return rows


if __name__ == "__main__":
    typer.run(main)
