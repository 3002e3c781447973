"""Prediction time on Snips: one joint pipeline, and two fine-tuned models one after the other.

Both annotate the development utterances, given as words, in turns: `python benchmarks/accuracy/joint_time.py`, after
`run.py --data snips`. All compute with bf16 weights where the device has them natively.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))  # what all benchmarks share

import spacy
import typer
from data import DATA
from errors import require
from fine_tuning import FineTuned
from measure import interleave, median_ratio, save
from run import MODELS
from spacy_training import predict
from transformers import AutoConfig

COMMAND = "python benchmarks/accuracy/run.py --data snips --seed 0"


def main(rounds: int = typer.Option(7, help="Each contender annotates all utterances once in a round")) -> None:
    """Measure the time of prediction, and save it as `results/joint_time.json`."""
    data = DATA["snips"]
    docs = data.dev(data.corpus)
    nlp = spacy.load(require(MODELS / "snips-ours-0" / "model-best", COMMAND))
    models = []
    for target in data.targets:
        folder = require(MODELS / "snips-plain-0" / target, COMMAND)
        outputs = list(AutoConfig.from_pretrained(folder).id2label.values())
        model = FineTuned(target, outputs, folder)
        model.use_fast_weights()
        models.append(model)

    def plain(_: int) -> None:
        for model in models:
            model.predict(docs)

    contenders = {"ours": lambda _: predict(nlp, docs), "two plain models": plain}
    interleave(contenders, 1)  # to warm up
    seconds = interleave(contenders, rounds)
    ratio = median_ratio(seconds["ours"], seconds["two plain models"])
    print(f"ours / two plain models: {ratio:.2f}")
    save("joint_time", {"seconds": seconds, "time_of_ours_over_two": ratio})


if __name__ == "__main__":
    typer.run(main)
