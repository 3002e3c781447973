"""Explanations of a sentiment classifier: do the words that weigh most carry the prediction, and how long does it take?

    python benchmarks/explain.py                        350 sentences of SST-2's dev part
    python benchmarks/explain.py --trained FOLDER       another place of the trained pipeline

Comprehensiveness (DeYoung et al. 2020, "ERASER"): the tokens of highest score are erased from the text, 10, 20, 30, 40
and 50 % of all; how much the probability of the predicted label falls, on average. Random tokens are erased beside.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import spacy
import torch
import typer
from errors import require
from int8 import pipeline_folder
from measure import save
from spacy.tokens import Doc
from tasks import CORPUS, PROJECT, SEED, read_docs

from spacy_bert_ext.explanation.explanation import Explanation
from spacy_bert_ext.explanation.methods import METHODS

NAME, DATA, COMPONENT = "explain", "sst2", "bert_textcat"
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
FEWEST_TOKENS = 4
RANDOM, RANDOM_ORDERS = "random", 5
BARS = {"comprehensiveness over attention's": 2.0, "over occlusion's": 1.0, "completeness error": 0.05}


def main(
    trained: Path = typer.Option(PROJECT / "training", help="Folder of the trained pipelines, by name"),
    sentences: int = typer.Option(350, help="How many"),
    steps: int = typer.Option(8, help="Of integrated gradients"),
    baseline: str = typer.Option("mask", help="mask, pad or zero, for integrated gradients"),
    threads: int = typer.Option(1, help="Of torch"),
) -> None:
    """Measure explanations."""
    torch.set_num_threads(threads)
    nlp = spacy.load(pipeline_folder(DATA, trained))
    require(CORPUS / DATA / "dev.spacy", f"cd project; python -m spacy project run {DATA}-convert")
    rng = np.random.default_rng(SEED)
    found = [doc for doc in read_docs(DATA, "dev", nlp.vocab) if len(doc) >= FEWEST_TOKENS]
    docs = [nlp.make_doc(found[i].text) for i in rng.permutation(len(found))[:sentences]]
    options = {"integrated_gradients": {"steps": steps, "baseline": baseline}}
    methods = {method: _measure(nlp, docs, method, options.get(method, {})) for method in METHODS}
    orders = [[rng.permutation(len(doc)).astype(float) for doc in docs] for _ in range(RANDOM_ORDERS)]
    methods[RANDOM] = {"comprehensiveness": float(np.mean([np.mean(_falls(nlp, docs, order)) for order in orders]))}
    figures = {
        "sentences": len(docs),
        "tokens": sum(map(len, docs)),
        "steps": steps,
        "baseline": baseline,
        "threads": torch.get_num_threads(),
        "methods": methods,
        "bars": _bars(methods),
    }
    save(NAME, figures)
    print(table(figures))


def _measure(nlp: spacy.Language, docs: Sequence[Doc], method: str, options: dict) -> dict:
    """Figures of one method. Seconds are of the processor."""
    explain: Callable[..., Explanation] = nlp.get_pipe(COMPONENT).explain
    explain(docs[0], method=method, **options)  # warms up
    begin = time.process_time()
    explanations = [explain(doc, method=method, **options) for doc in docs]
    seconds = time.process_time() - begin
    falls = _falls(nlp, docs, [explanation.scores for explanation in explanations])
    figures = {
        "comprehensiveness": float(np.mean(falls)),
        "standard_error": float(np.std(falls) / len(docs) ** 0.5),
        "seconds_per_sentence": seconds / len(docs),
    }
    errors = np.array([one.completeness_error for one in explanations if one.completeness_error is not None])
    if len(errors):
        figures["completeness_error"] = {
            "median": float(np.median(errors)),
            "mean": float(errors.mean()),
            "largest": float(errors.max()),
            "share_above_5_percent": float((errors > 0.05).mean()),
        }
    return figures


def _falls(nlp: spacy.Language, docs: Sequence[Doc], scores: Sequence[np.ndarray]) -> list[float]:
    """By how much the probability of the predicted label falls, averaged over the shares: one for each Doc."""
    component = nlp.get_pipe(COMPONENT)
    erased = [
        _without(doc, np.argsort(-of_doc, kind="stable")[: max(1, round(share * len(doc)))])
        for doc, of_doc in zip(docs, scores, strict=True)
        for share in SHARES
    ]
    whole, rest = component.predict(docs), component.predict(erased).reshape(len(docs), len(SHARES), -1)
    best = whole.argmax(axis=1)
    rows = np.arange(len(docs))
    return (whole[rows, best] - rest[rows, :, best].mean(axis=1)).tolist()


def _without(doc: Doc, erased: np.ndarray) -> Doc:
    kept = [token for token in doc if token.i not in set(erased.tolist())]
    return Doc(doc.vocab, words=[token.text for token in kept], spaces=[bool(token.whitespace_) for token in kept])


def _bars(methods: dict) -> dict:
    found = {name: one["comprehensiveness"] for name, one in methods.items()}
    default = found["integrated_gradients"]
    figures = [default / found["attention"], default / found["occlusion"]]
    figures.append(methods["integrated_gradients"]["completeness_error"]["mean"])
    return {name: {"found": figure, "bar": bar} for (name, bar), figure in zip(BARS.items(), figures, strict=True)}


def table(figures: dict) -> str:
    """Markdown."""
    lines = ["| method | comprehensiveness | CPU seconds per sentence | completeness error: median, mean, above 5 % |"]
    lines += ["| --- | ---: | ---: | ---: |"]
    for name, one in figures["methods"].items():
        error = one.get("completeness_error")
        shown = f"{error['median']:.1%}, {error['mean']:.1%}, {error['share_above_5_percent']:.0%}" if error else ""
        spread = f" ± {one['standard_error']:.3f}" if "standard_error" in one else ""
        seconds = f"{one['seconds_per_sentence']:.3f}" if "seconds_per_sentence" in one else ""
        lines += [f"| {name} | {one['comprehensiveness']:.3f}{spread} | {seconds} | {shown} |"]
    lines += ["", *(f"{name}: {one['found']:.3f} (bar: {one['bar']})" for name, one in figures["bars"].items())]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
