"""Start-up: what the installed package adds to `spacy.blank`, and how long a saved pipeline takes to load.

Run by `make bench-memory`. Every time is that of a fresh process; contenders take turns. Needs what `memory.py` needs.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from processes import fresh

# Which plugins (distributions that announce factories to spaCy) each process of `blank` finds, "*" being all.
PLUGINS = {"none": (), "ours": ("spacy-bert-ext",), "spacy-transformers": ("spacy-transformers",), "all": ("*",)}
HEAVY = ("torch", "transformers", "tokenizers", "huggingface_hub", "spacy_transformers")


# Each in a process of its own, which must import nothing heavy before it is timed


def blank(*plugins: str) -> dict:
    """`spacy.blank`, and `import spacy_bert_ext` if that is installed, where no other plugins seem to be installed."""
    if plugins != ("*",):
        hide_plugins_but(plugins)
    begin = time.perf_counter()
    import spacy

    imported = time.perf_counter()
    spacy.blank("en")
    made = time.perf_counter()
    if "spacy-bert-ext" in plugins:
        import spacy_bert_ext  # noqa: F401
    return {"import_s": imported - begin, "blank_s": made - imported, "modules": sorted(sys.modules)}


def load(contender: str, folder: str) -> dict:
    """Load everything in a process that has imported nothing yet."""
    begin = time.perf_counter()
    CONTENDERS[contender](folder)
    return {"seconds": time.perf_counter() - begin}


def load_after_import(contender: str, folder: str) -> dict:
    """Load after every import that one of the contenders needs, and after a first `spacy.blank`."""
    import spacy
    import torch  # noqa: F401
    from transformers import AutoModel, BertModel, BertTokenizerFast  # noqa: F401

    import spacy_bert_ext.architectures
    import spacy_bert_ext.pipeline.bert_encoder
    import spacy_bert_ext.pipeline.bert_ner
    import spacy_bert_ext.pipeline.bert_textcat  # noqa: F401

    spacy.blank("en")
    return load(contender, folder)


def load_pipeline(folder: str) -> None:
    import spacy

    spacy.load(folder)


def load_auto_model(folder: str) -> None:
    import spacy
    from transformers import AutoModel

    spacy.blank("en")
    AutoModel.from_pretrained(f"{folder}/bert_encoder")


def load_model_and_tokenizer(folder: str) -> None:
    """What a pipeline needs of transformers, by the names of the classes: AutoModel imports all that there are."""
    import spacy
    from transformers import BertModel, BertTokenizerFast

    spacy.blank("en")
    BertModel.from_pretrained(f"{folder}/bert_encoder")
    BertTokenizerFast.from_pretrained(f"{folder}/bert_encoder")


CONTENDERS: dict[str, Callable[[str], None]] = {
    "spacy.load": load_pipeline,
    "blank and AutoModel": load_auto_model,
    "blank, BertModel and tokenizer": load_model_and_tokenizer,
}


def hide_plugins_but(shown: tuple[str, ...]) -> None:
    """Let all other plugins announce nothing, and their packages be missing."""
    import importlib.abc
    import importlib.metadata

    find = importlib.metadata.distributions
    plugins = {found.name for found in find() if any(point.group == "spacy_factories" for point in found.entry_points)}
    hidden = plugins - set(shown)
    packages = {name.replace("-", "_") for name in hidden}

    def others(**options: object) -> list:
        return [found for found in find(**options) if found.name not in hidden]

    class Missing(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, *_: object) -> None:
            if name.split(".")[0] in packages:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    importlib.metadata.distributions = others
    sys.meta_path.insert(0, Missing())


FIGURES = {"blank": blank, "load": load, "load_after_import": load_after_import}


# All together


def take_turns(runs: dict[str, Callable[[], dict]], n_rounds: int) -> dict[str, list[dict]]:
    """Every run's results, in the order A B C, A B C, ...; one round before them warms the disk's cache."""
    results: dict[str, list[dict]] = {name: [] for name in runs}
    for i in range(n_rounds + 1):
        for name, run in runs.items():
            result = run()
            if i:
                results[name].append(result)
    return results


def compare(results: dict[str, list[dict]], key: str) -> dict[str, float]:
    """Medians, in seconds."""
    return {name: round(statistics.median(run[key] for run in runs), 3) for name, runs in results.items()}


def measure_blank(n_rounds: int) -> dict:
    runs = {name: lambda plugins=plugins: fresh(__file__, "blank", *plugins) for name, plugins in PLUGINS.items()}
    results = take_turns(runs, n_rounds)
    pairs = zip(results["ours"], results["none"], strict=True)
    modules = {name: set(of[0]["modules"]) for name, of in results.items()}
    return {
        "added_ms": round(1000 * statistics.median(ours["blank_s"] - bare["blank_s"] for ours, bare in pairs), 1),
        "blank_s": compare(results, "blank_s"),
        "import_spacy_s": compare(results, "import_s"),
        "heavy_modules": {name: [module for module in HEAVY if module in found] for name, found in modules.items()},
        "added_modules": sorted(modules["ours"] - modules["none"]),
    }


def measure_load(n_rounds: int, folder: str) -> dict:
    figures = {}
    for figure in ("load", "load_after_import"):
        runs = {name: lambda name=name: fresh(__file__, figure, name, folder) for name in CONTENDERS}  # noqa: B023
        results = take_turns(runs, n_rounds)
        figures[figure] = {"seconds": compare(results, "seconds"), "process_s": compare(results, "process_s")}
        for key, of in (("ratio", "seconds"), ("process_ratio", "process_s")):
            pairs = zip(results["spacy.load"], results["blank and AutoModel"], strict=True)
            figures[figure][key] = round(statistics.median(ours[of] / other[of] for ours, other in pairs), 2)
    return figures


def main() -> None:
    from measure import save
    from memory import prepare

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "crf")
        figures = {"blank": measure_blank(arguments.rounds), **measure_load(arguments.rounds, folder)}
    save("startup", figures)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in FIGURES:
        print(json.dumps(FIGURES[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
