"""Five heads on one encoder: what they add to the time of `bert_ner` alone, and what two questions add.

`make bench-joint`, 3 minutes once the pipeline is trained. Every contender is the same pipeline, with other components
enabled, and other questions. Questions are windows of their own: two questions read each text twice more.
"""

import statistics
from collections.abc import Callable
from pathlib import Path

import spacy
import torch
import typer
from errors import require
from measure import interleave, median_ratio, save
from spacy.language import Language
from spacy.tokens import Doc, DocBin

HERE = Path(__file__).parent
PIPELINE = HERE.parent / "project" / "training" / "joint" / "model-best"
CORPUS = HERE.parent / "project" / "corpus" / "bbc" / "dev.spacy"
QUESTIONS = {"WHO": "Who is it about?", "WHERE": "Where did it happen?"}
ALONE, FIVE, ASKED = "bert_ner alone", "five heads, nothing asked", "five heads, two questions"


def main(
    pipeline: Path = typer.Option(PIPELINE, help="Trained pipeline with all five heads"),
    corpus: Path = typer.Option(CORPUS, help=".spacy file whose texts are annotated"),
    texts: int = typer.Option(60, help="How many of them"),
    rounds: int = typer.Option(7, help="Each contender annotates all texts once in a round"),
) -> None:
    """Measure the time of all heads together, and save the figures as `results/joint.json`."""
    torch.set_num_threads(1)
    require(pipeline / "meta.json", "make bench-joint")
    nlp = spacy.load(pipeline)
    gold = list(DocBin().from_disk(corpus).get_docs(nlp.vocab))[:texts]
    contenders = {
        ALONE: annotate(nlp, gold, {}, ["sentencizer", "bert_encoder", "bert_ner"]),
        FIVE: annotate(nlp, gold, {}, nlp.pipe_names),
        ASKED: annotate(nlp, gold, QUESTIONS, nlp.pipe_names),
    }
    for work in contenders.values():
        work(-1)  # to warm up
    seconds = interleave(contenders, rounds)
    figures = {
        name: {"seconds": times, "over_ner": median_ratio(times, seconds[ALONE])} for name, times in seconds.items()
    }
    words = sum(len(doc) for doc in gold)
    print(f"{len(gold)} texts, {words:,} words, {rounds} rounds, one thread\n")
    print("| | words/s | time / `bert_ner` alone |\n| --- | ---: | ---: |")
    for name, times in seconds.items():
        print(f"| {name} | {words / statistics.median(times):,.0f} | {figures[name]['over_ner']:.2f} |")
    print(f"\nSaved in {save('joint', {'texts': len(gold), 'words': words, 'contenders': figures})}")


def annotate(nlp: Language, gold: list[Doc], questions: dict[str, str], enabled: list[str]) -> Callable[[int], None]:
    def run(_: int) -> None:
        docs = [nlp.make_doc(doc.text) for doc in gold]
        for doc in docs:
            doc._.questions = questions
        with nlp.select_pipes(enable=enabled):
            for _ in nlp.pipe(docs):
                pass

    return run


if __name__ == "__main__":
    typer.run(main)
