"""Trains a contender and scores it on development data: `python benchmarks/accuracy/run.py --help`.

Same encoder, same data, same number of epochs and an evaluation after each for all of them; the best counts.
"""

import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))  # what all benchmarks share

import spacy_training
import typer
from data import DATA, ENCODER, PROJECT, Data, first_pieces_only
from errors import require
from fine_tuning import fine_tune
from metrics import score, tuned_macro_f1
from results import Row, save_row, saved_rows
from spacy.tokens import Doc

from spacy_bert_ext.cli.configs.complete import complete_config

CONFIGS = HERE / "configs"
MODELS = HERE.parent / "models" / "accuracy"
FIRST_PIECES = 512
CONTEXT_PIECES = 64
# By name: what differs from the configs, which are the project's recipes for ours.
PIPELINES = {
    "ours": {},
    "ours_first_512": {},
    # Sentences that see their neighbours: batches of as many sentences as the plain contender's.
    "ours_sentences": {
        "corpora.train.@readers": "spacy-bert-ext.ContextCorpus.v1",
        "corpora.dev.@readers": "spacy-bert-ext.ContextCorpus.v1",
        "components.bert_encoder.model.context_pieces": CONTEXT_PIECES,
        "training.batcher.context_pieces": CONTEXT_PIECES,
        "training.batcher.max_batch_pieces": 3072,
    },
    "spacy_transformers": {},
    # The rate of spaCy's quickstart.
    "spacy_transformers_5e-5": {"training.optimizer.learn_rate.initial_rate": 5e-5},
}
PLAIN = "plain"
BY_SENTENCE = (PLAIN, "ours_sentences")


def main(
    data: str = typer.Option(None, help=", ".join(DATA)),
    contender: str = typer.Option(None, help=", ".join([*PIPELINES, PLAIN])),
    seed: int = typer.Option(None, help="Of the order of the batches, new weights and dropout"),
    epochs: int = typer.Option(None, help="Passes over the training data; default: the data set's"),
    max_docs: int = typer.Option(None, help="So many Docs of each kind, to try something: nothing is saved then"),
) -> None:
    """Train and score one contender, or without arguments whatever is not in `results/accuracy.json` yet."""
    require(ENCODER / "config.json", "python -m spacy project run encoder project")
    if data is not None and data not in DATA:
        sys.exit(f"No data {data}: there are {', '.join(DATA)}")
    allowed = DATA[data].contenders if data else [*PIPELINES, PLAIN]
    if contender is not None and contender not in allowed:
        sys.exit(f"No contender {contender}{f' on {data}' if data else ''}: there are {', '.join(allowed)}")
    chosen = [
        run
        for run in all_runs()
        if (data or run[0]) == run[0] and (contender or run[1]) == run[1] and (seed is None or seed == run[2])
    ]
    if data and contender and seed is not None:
        chosen = [(data, contender, seed)]
    else:
        done = {(row["data"], row["contender"], row["seed"]) for row in saved_rows()}
        chosen = [run for run in chosen if run not in done]
    for run in chosen:
        row = train_and_score(*run, epochs, max_docs)
        print(row)
        if max_docs is None:
            save_row(row)


def all_runs() -> list[tuple[str, str, int]]:
    """Data, contender and seed: first seeds first, and data that takes less time."""
    runs = []
    for seed in range(max(data.seeds for data in DATA.values())):
        for name, data in DATA.items():
            for contender in data.contenders:
                # spacy-transformers is slow: one seed.
                if seed < (1 if contender.startswith("spacy") else data.seeds):
                    runs.append((name, contender, seed))
    return runs


def train_and_score(name: str, contender: str, seed: int, epochs: int | None, max_docs: int | None) -> Row:
    data = DATA[name]
    epochs = epochs or data.epochs
    folder = MODELS / (f"{name}-{contender}-{seed}" if max_docs is None else "try")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    corpus = data.sentences if contender in BY_SENTENCE and data.sentences else data.corpus
    train, tune, dev = (split(corpus, max_docs) for split in (data.train, data.tune, data.dev))
    if contender == "ours_first_512":
        train, dev = first_pieces_only(train, FIRST_PIECES), first_pieces_only(dev, FIRST_PIECES)
    begin = time.perf_counter()
    if contender == PLAIN:
        tune_found, dev_found = run_plain(data, train, tune, dev, folder, seed=seed, epochs=epochs)
    else:
        settings = PIPELINES[contender]
        nlp = spacy_training.train(
            config_of(contender, name, folder), train, dev, folder, seed=seed, epochs=epochs, settings=settings
        )
        tune_found, dev_found = (spacy_training.predict(nlp, docs) for docs in (tune, dev))
    minutes = (time.perf_counter() - begin) / 60
    scores = score(dev, dev_found, data.targets)
    if tune:
        scores["tuned_macro_f1"] = tuned_macro_f1(dev, dev_found, tune, tune_found)
    options = f"--data {name} --contender {contender} --seed {seed} --epochs {epochs}"
    return {
        "data": name,
        "contender": contender,
        "seed": seed,
        "epochs": epochs,
        "scores": {key: round(float(value), 2) for key, value in scores.items()},
        "minutes": round(minutes, 1),
        "command": f"python benchmarks/accuracy/run.py {options}",
    }


def config_of(contender: str, name: str, folder: Path) -> Path:
    """Ours is the project's recipe for the corpus, completed; `spacy_training` sets paths, seed and steps."""
    if contender.startswith("spacy_transformers"):
        return CONFIGS / f"{name}.cfg"
    recipe, path = PROJECT / "configs" / f"{DATA[name].corpus}.cfg", folder / "config.cfg"
    path.write_text(complete_config(recipe.read_text(encoding="utf8")), encoding="utf8")
    return path


def run_plain(
    data: Data, train: list[Doc], tune: list[Doc], dev: list[Doc], folder: Path, *, seed: int, epochs: int
) -> tuple[list[Doc], list[Doc]]:
    """One fine-tuning for each target. RETURNS: `tune` and `dev` with what all of them found."""
    found: list[tuple[list[Doc], list[Doc]]] = []
    for target in data.targets:
        tuned = fine_tune(target, train, dev, seed=seed, epochs=epochs)
        tuned.save(folder / target)
        found.append((tuned.predict(tune) if tune else [], tuned.predict(dev)))
    (tune_found, dev_found), *others = found
    for _, docs in others:
        for doc, other in zip(dev_found, docs, strict=True):
            doc.cats = {**doc.cats, **other.cats}
            if other.ents:
                doc.set_ents(list(other.ents))
    return tune_found, dev_found


if __name__ == "__main__":
    typer.run(main)
