"""Questions in SQuAD's format, each beside a sentence that answers it and one that does not.

So QNLI was made of SQuAD (Wang et al. 2018): whether a sentence answers a question.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import spacy
import typer
from spacy.language import Language
from spacy.tokens import Span
from split_squad import split_articles
from wasabi import msg

ANSWERS, OTHER = "answers", "does_not"


def main(
    folder: Path = typer.Argument(..., help="Folder with all.json"),
    output: Path = typer.Argument(..., help="Folder for train.jsonl and dev.jsonl"),
    train_share: float = typer.Option(0.8, help="The part of the articles that come first, to train on"),
    lang: str = typer.Option("en", help="Language of the sentences"),
) -> None:
    """Write rows of `text1` (question), `text2` (sentence) and `label`."""
    nlp = spacy.blank(lang)
    nlp.add_pipe("sentencizer")
    output.mkdir(parents=True, exist_ok=True)
    for split, articles in split_articles(folder / "all.json", train_share).items():
        rows = [row for article in articles for row in pairs_of(nlp, article)]
        path = output / f"{split}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")
        msg.good(f"{path}: {len(rows):,} pairs")


def pairs_of(nlp: Language, article: dict) -> Iterator[dict[str, str]]:
    """Two rows of each question. A text of one sentence gives none."""
    for paragraph in article["paragraphs"]:
        sentences = list(nlp(paragraph["context"]).sents)
        for qa in paragraph["qas"]:
            starts = [answer["answer_start"] for answer in qa["answers"]]
            right = [sentence for sentence in sentences if any(_holds(sentence, start) for start in starts)]
            wrong = [sentence for sentence in sentences if sentence not in right]
            if not right or not wrong:
                continue
            # The sentence with most words of the question: one by chance would be too easy to tell.
            words = {token.lower_ for token in nlp.make_doc(qa["question"]) if token.is_alpha}
            nearest = max(wrong, key=lambda sentence: len(words & {token.lower_ for token in sentence}))
            for sentence, label in ((right[0], ANSWERS), (nearest, OTHER)):
                yield {"text1": qa["question"], "text2": sentence.text.strip(), "label": label}


def _holds(sentence: Span, start: int) -> bool:
    return sentence.start_char <= start < sentence.end_char


if __name__ == "__main__":
    typer.run(main)
