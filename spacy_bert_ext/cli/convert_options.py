"""Options of `spacy bert convert`, with their help."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

Source = Annotated[
    str, Argument(metavar="INPUT", help="File or folder of data, or the name of a data set; files may be gzipped")
]
Target = Annotated[
    Path, Argument(metavar="OUTPUT", help=".spacy file, or with --split a folder; files are replaced if they exist")
]
Task = Annotated[
    str, Option("--task", "-t", help="ner, spans, textcat, textcat_multilabel, qa (SQuAD), summaries, pairs (of texts)")
]
Lang = Annotated[str, Option("--lang", "-l", help="Two-letter code of the language")]
Pipeline = Annotated[
    str | None, Option("--pipeline", "-p", help="Whose tokens and sentences are taken, instead of the language's")
]
Split = Annotated[str | None, Option("--split", "-s", help="Shares of train, dev and test, such as 80/10/10")]
Seed = Annotated[int, Option("--seed", help="Of what --split draws")]
Snap = Annotated[bool, Option("--snap", help="Widen spans and answers to the tokens that they touch")]
Faults = Annotated[Path | None, Option("--faults", help="File for all that is left out: JSON lines")]

To = Annotated[
    str | None,
    Option("--to", help="Write prodigy, doccano, label-studio, csv, tuples, brat or conll, not .spacy files"),
]
LeastSure = Annotated[
    int | None, Option("--least-sure", min=1, help="With --to: only so many texts, whose predictions are least sure")
]

Format = Annotated[
    str | None,
    Option(
        "--format",
        "-f",
        help="csv, prodigy, doccano, label-studio, tuples, brat, conll, datasets; default: told from the file",
    ),
]
Columns = Annotated[
    str | None,
    Option(
        "--columns",
        "-c",
        help="What stands where, by names or numbers from 1: text=review,label=stars; "
        "pairs: first text, second text, label: text1,text2,label",
    ),
]
Header = Annotated[
    bool | None, Option("--header/--no-header", help="Whether the first row names the columns; default: told from it")
]
Delimiter = Annotated[str | None, Option("--delimiter", help="Between columns; default: told from the file")]
Encoding = Annotated[str | None, Option("--encoding", help="Such as latin-1; default: UTF-8, or what a BOM says")]
LabelsSeparator = Annotated[
    str | None, Option("--labels-separator", help="Between the labels of a cell, such as , or |")
]
LabelNames = Annotated[
    Path | None, Option("--label-names", help="File of the names of labels that are numbers: one a line, from 0 on")
]
Scheme = Annotated[
    str | None, Option("--scheme", help="Of tags: IO, IOB1, IOB2, BILUO, BIOES or BMES; default: told from all tags")
]
Offsets = Annotated[str | None, Option("--offsets", help="What they count: characters, utf16 or bytes")]
SpansKey = Annotated[str | None, Option("--spans-key", help="spans: name of their group; sc by default")]
JoinSentences = Annotated[bool, Option("--join-sentences", help="conll: the sentences of a document are one text")]
Annotator = Annotated[str | None, Option("--annotator", help="Whose annotations are taken, where several have some")]
Predictions = Annotated[
    bool, Option("--predictions", help="Take a tool's predictions where nobody has annotated the text")
]
Part = Annotated[str | None, Option("--part", help="Of a data set with several parts, such as train")]

MaxQuestions = Annotated[
    int | None, Option("--max-questions", min=0, help="qa: questions of a Doc, 1 by default, 0 for all of a text")
]
Abstractive = Annotated[
    bool, Option("--abstractive", help="summaries: all are written anew, none is made of sentences of its text")
]
Number = Annotated[bool, Option("--number", help="pairs: the label is a number, not a category")]
Rename = Annotated[
    list[str] | None, Option("--rename", help="OLD=NEW, another name for a label; can be given repeatedly")
]
