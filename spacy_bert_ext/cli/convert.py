"""Arguments of `spacy bert convert`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def convert(
    source: Path = typer.Argument(
        ..., metavar="INPUT", help="File of data; may be gzipped", exists=True, dir_okay=False
    ),
    target: Path = typer.Argument(..., metavar="OUTPUT", help=".spacy file, which is overwritten if it exists"),
    task: str = typer.Option(
        ...,
        "--task",
        "-t",
        help="qa: SQuAD's JSON, or JSON lines of context, question, answers; summaries: JSON lines of text, summary; "
        "pairs: CSV, TSV or JSON lines",
    ),
    lang: str = typer.Option("en", "--lang", "-l", help="Two-letter code of the language"),
    pipeline: str | None = typer.Option(
        None, "--pipeline", "-p", help="Whose tokens and sentences are taken, instead of the language's"
    ),
    faults: Path | None = typer.Option(None, "--faults", help="File for all annotations that are left out: JSON lines"),
    snap: bool = typer.Option(False, "--snap", help="qa: widen answers to the tokens that they touch"),
    max_questions: int | None = typer.Option(
        None, "--max-questions", min=0, help="qa: questions of a Doc, 1 by default, 0 for all of a text"
    ),
    abstractive: bool = typer.Option(
        False, "--abstractive", help="summaries: all are written anew, none is made of sentences of its text"
    ),
    columns: str | None = typer.Option(
        None, "--columns", help="pairs: first text, second text, label: text1,text2,label; 1,2,3 without a header"
    ),
    number: bool = typer.Option(False, "--number", help="pairs: the label is a number, not a category"),
    rename: list[str] = typer.Option([], "--rename", help="pairs: OLD=NEW, another name for a category; repeatedly"),
) -> None:
    """Make Docs to train on of questions and answers, summaries, or pairs of texts."""
    from .converting import convert_to

    convert_to(
        source,
        target,
        task,
        lang=lang,
        pipeline=pipeline,
        faults=faults,
        snap=snap,
        max_questions=max_questions,
        abstractive=abstractive,
        columns=columns,
        number=number,
        rename=rename,
    )
