"""What temperatures and thresholds do for Docs that they were not fitted on.

The development Docs are split into halves, every other one. Each half is scored by a pipeline that was calibrated on
the other half, so that all of them count: `python benchmarks/accuracy/calibration.py`, after `run.py --contender ours
--seed 0`, whose pipelines these are.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))  # what all benchmarks share

import numpy as np
import spacy
import typer
from data import DATA, Data, examples_of, without_annotations
from errors import require
from measure import save
from metrics import f1_of, score
from run import MODELS
from spacy.tokens import Doc, Span
from spacy_training import predict

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.evaluation.reliability import reliability

NAMES = ("conll2003", "wnut17", "sst2", "goemotions")
MIN_SCORES = (0.0, 0.5, 0.7, 0.9)


def main(data: list[str] = typer.Option(list(NAMES), help="Data sets of `run.py`")) -> None:
    """Fit on one half, measure on the other, and save all as `results/calibration.json`."""
    figures = {}
    for name in data:
        if name not in NAMES:
            sys.exit(f"No data {name}: there are {', '.join(NAMES)}")
        figures[name] = measure(name)
        print(name, figures[name], flush=True)
    save("calibration", {"data": figures})


def measure(name: str) -> dict:
    data = DATA[name]
    command = f"python benchmarks/accuracy/run.py --data {name} --contender ours --seed 0"
    nlp = spacy.load(require(MODELS / f"{name}-ours-0" / "model-best", command))
    head = nlp.get_pipe(nlp.pipe_names[-1])
    dev = data.dev(data.corpus)
    halves = dev[::2], dev[1::2]
    gold = [*halves[0], *halves[1]]
    before = predict(nlp, gold)
    after, thresholded, temperatures = [], [], []
    for measured, fitted in (halves, halves[::-1]):
        # What was fitted on the other half is forgotten: temperatures are found from raw scores.
        (result,) = calibrate(nlp, examples_of(fitted), thresholds="categories" in data.targets)
        temperatures.append(round(result.temperature, 3))
        after += predict(nlp, measured)
        if "categories" in data.targets:
            thresholded += [head.categories(doc) for doc in after[-len(measured) :]]
    figures = {
        "temperatures": temperatures,
        "ece_before": expected_error(before, gold, data),
        "ece_after": expected_error(after, gold, data),
        "ece_of_halves": [
            expected_error(after[: len(halves[0])], halves[0], data),
            expected_error(after[len(halves[0]) :], halves[1], data),
        ],
        "n_scored": len(scored_items(after, gold, data)[0]),
    }
    if "entities" in data.targets:
        figures["min_score"] = {str(lowest): entity_scores(after, gold, lowest) for lowest in MIN_SCORES}
    if "categories" in data.targets:
        figures["f1"] = {
            "threshold 0.5": mean_f1(gold, [[label for label, p in doc.cats.items() if p >= 0.5] for doc in before]),
            "tuned": mean_f1(gold, thresholded),
        }
    return figures


def expected_error(found: Sequence[Doc], gold: Sequence[Doc], data: Data) -> float:
    return round(reliability(*scored_items(found, gold, data)).ece, 4)


def scored_items(found: Sequence[Doc], gold: Sequence[Doc], data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and whether they are right: of entities, of best categories, or of all categories."""
    items: list[tuple[float, bool]] = []
    for doc, truth in zip(found, gold, strict=True):
        if "entities" in data.targets:
            right = {(ent.start, ent.end, ent.label_) for ent in truth.ents}
            items += [(ent._.score, (ent.start, ent.end, ent.label_) in right) for ent in doc.ents]
        elif "category" in data.targets:
            best = max(doc.cats, key=doc.cats.__getitem__)
            items.append((doc.cats[best], truth.cats[best] == 1))
        else:
            items += [(doc.cats[label], truth.cats[label] == 1) for label in truth.cats]
    scores, correct = zip(*items)
    return np.array(scores), np.array(correct)


def entity_scores(found: Sequence[Doc], gold: Sequence[Doc], lowest: float) -> dict[str, float]:
    """Precision, recall and F-score without entities whose score is lower."""
    kept = []
    for doc in found:
        copy = without_annotations(doc)
        sure = [ent for ent in doc.ents if ent._.score >= lowest]
        copy.set_ents([Span(copy, ent.start, ent.end, ent.label_) for ent in sure])
        kept.append(copy)
    return {name: round(float(value), 1) for name, value in score(gold, kept, ("entities",)).items()}


def mean_f1(gold: Sequence[Doc], found: Sequence[Sequence[str]]) -> dict[str, float]:
    """Macro and micro F1, in percent."""
    labels = sorted(gold[0].cats)
    truth = np.array([[doc.cats[label] == 1 for label in labels] for doc in gold])
    holds = np.array([[label in doc for label in labels] for doc in found])
    macro, micro = f1_of(truth, holds).mean(), f1_of(truth.reshape(-1, 1), holds.reshape(-1, 1)).item()
    return {"macro": round(100 * float(macro), 1), "micro": round(100 * micro, 1)}


if __name__ == "__main__":
    typer.run(main)
