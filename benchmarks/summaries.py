"""Summaries of BBC articles: sentence F1 of the first sentences, of `bert_summarizer` with and without training, and of
sumy's LexRank on the same sentences.

    python benchmarks/summaries.py                                  without training: a minute
    python benchmarks/summaries.py --train                          trains on 80 %, and scores on the others
    python benchmarks/summaries.py --trained FOLDER                 a pipeline that was trained on these 80 %
    python benchmarks/summaries.py --data articles.jsonl.gz         texts with summaries, as `convert` reads them

Each summary has 42 % of the sentences of its text, rounded, which is about what the gold summaries have. The articles
are shuffled with a fixed seed; the last fifth is scored. Figures go to `results/summaries.json`.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import spacy
import torch
import typer
from measure import save
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.summaries import SummaryOptions, convert_summaries
from spacy_bert_ext.pieces.sentences import sentences_of
from spacy_bert_ext.ranking.choosing import Length

ROOT = Path(__file__).parent.parent
DATA = ROOT / "project" / "assets" / "bbc_summaries"
ENCODER = ROOT / "project" / "encoders" / "all-MiniLM-L6-v2"
MODELS = ROOT / "benchmarks" / "models" / "summaries"
RATIO, SEED, DEV_SHARE = 0.42, 0, 0.2
UNTRAINED = [(method, similarity) for method in ("centroid", "lexrank") for similarity in ("tfidf", "vectors", "both")]

Choose = Callable[[Doc, int], Sequence[int]]  # a Doc with sentences, and how many are chosen → their numbers


def main(
    data: Path = typer.Option(DATA, help="File of texts with summaries, or a folder with one"),
    train: bool = typer.Option(False, help="Train, by project/configs/bbc_summaries.cfg"),
    trained: Path = typer.Option(None, help="A trained pipeline"),
    vectors: bool = typer.Option(True, help="Whether untrained summaries over vectors are scored, too"),
    threads: int = typer.Option(1, help="Of torch"),
) -> None:
    """Measure summaries."""
    torch.set_num_threads(threads)
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    learned, scored = split(list(convert_summaries(_file(data), nlp, SummaryOptions(), Findings())))
    rows = {
        "first sentences": score_choice(nlp, scored, lambda doc, n: range(n)),
        "sumy, LexRank": score_choice(nlp, scored, sumy_lexrank()),
    }
    for method, similarity in UNTRAINED:
        if vectors or similarity == "tfidf":
            rows[f"{method}, {similarity}"] = score(untrained(method, similarity), scored)
    if train:
        trained = train_pipeline(learned, scored)
    if trained is not None:
        rows["trained"] = score(spacy.load(trained, config={"components.bert_summarizer.ratio": RATIO}), scored)
    save("summaries", {"docs": {"learned": len(learned), "scored": len(scored)}, "ratio": RATIO, "scores": rows})
    print_table(rows)


def split(docs: list[Doc]) -> tuple[list[Doc], list[Doc]]:
    """Those to learn from, and those to score."""
    random.Random(SEED).shuffle(docs)
    n_learned = round((1 - DEV_SHARE) * len(docs))
    return docs[:n_learned], docs[n_learned:]


def untrained(method: str, similarity: str) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    if similarity != "tfidf":
        nlp.add_pipe("bert_encoder", config={"model": {"name": str(ENCODER)}})
    nlp.add_pipe("bert_summarizer", config={"method": method, "similarity": similarity, "ratio": RATIO})
    nlp.initialize()
    return nlp


def score(nlp: Language, gold: Sequence[Doc]) -> dict[str, float]:
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in gold]
    return _percent(nlp.evaluate(examples))


def score_choice(nlp: Language, gold: Sequence[Doc], choose: Choose) -> dict[str, float]:
    """Of another way to choose as many of the same sentences."""
    length, scorer = Length(ratio=RATIO), untrained("centroid", "tfidf").get_pipe("bert_summarizer").scorer
    examples = []
    for doc in gold:
        predicted = nlp(doc.text)
        sentences = sentences_of([predicted], "benchmark")
        spans = [predicted[a : b + 1] for a, b in zip(sentences.first.tolist(), sentences.last.tolist())]
        chosen = choose(predicted, length.sentences_of(len(spans)))
        predicted.spans["summary"] = [spans[place] for place in sorted(chosen)]
        examples.append(Example(predicted, doc))
    return _percent(scorer(examples, spans_key="summary"))


def sumy_lexrank() -> Choose:
    """With its stemmer for English, on spaCy's words without punctuation, stop words included: so it is best here."""
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.nlp.stemmers import Stemmer
    from sumy.summarizers.lex_rank import LexRankSummarizer

    summarizer = LexRankSummarizer(Stemmer("english"))

    class Words:
        """Cut already: sumy asks for the words of a text, which here is the number of a sentence."""

        def __init__(self, words: list[str]) -> None:
            self.words = words

        def to_words(self, text: str) -> list[str]:
            return self.words

    def choose(doc: Doc, n: int) -> list[int]:
        sentences = sentences_of([doc], "benchmark")
        parts = [
            Sentence(
                str(i), Words([token.text for token in doc[a : b + 1] if not token.is_punct and not token.is_space])
            )
            for i, (a, b) in enumerate(zip(sentences.first.tolist(), sentences.last.tolist()))
        ]
        return [int(str(sentence)) for sentence in summarizer(ObjectDocumentModel([Paragraph(parts)]), n)]

    return choose


def train_pipeline(learned: Sequence[Doc], scored: Sequence[Doc]) -> Path:
    """By the recipe: its last step counts, and none is chosen by the Docs that are scored."""
    MODELS.mkdir(parents=True, exist_ok=True)
    for name, docs in (("train", learned), ("dev", scored[:20])):
        DocBin(docs=docs).to_disk(MODELS / f"{name}.spacy")
    config = MODELS / "config.cfg"
    recipe = ROOT / "project" / "configs" / "bbc_summaries.cfg"
    bert = [sys.executable, "-m", "spacy", "bert"]
    subprocess.run([*bert, "fill-config", str(recipe), str(config), "--force"], check=True)
    options = {"paths.train": MODELS / "train.spacy", "paths.dev": MODELS / "dev.spacy", "paths.encoder": ENCODER}
    overrides = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    output = MODELS / "trained"
    subprocess.run([*bert, "train", str(config), "--output", str(output), *overrides], check=True)
    return output / "model-last"


def print_table(rows: dict[str, dict[str, float]]) -> None:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    print(f"| | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}")
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(f'{row[column]:.1f}' for column in columns)} |")


def _percent(scores: dict[str, Any]) -> dict[str, float]:
    names = {"summary_sents_f": "sentence F1", "summary_rouge1": "ROUGE-1", "summary_rouge2": "ROUGE-2"}
    return {shown: 100 * scores[name] for name, shown in {**names, "summary_rougeL": "ROUGE-L"}.items()}


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    files = sorted(path.glob("*.jsonl*"))
    if not files:
        sys.exit(f"No articles in {path}: `python -m spacy project run bbc_summaries-fetch` in project/ fetches them")
    return files[0]


if __name__ == "__main__":
    typer.run(main)
