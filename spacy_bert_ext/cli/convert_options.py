"""Options of `spacy bert convert`, with their help."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

Source = Annotated[
    str, Argument(metavar="INPUT", help="File or folder of data, also gzipped, or the name of a data set")
]
Target = Annotated[
    Path,
    Argument(metavar="OUTPUT", help="File to write (.spacy), or with --split a folder; existing files are replaced"),
]
Task = Annotated[
    str,
    Option(
        "--task", "-t", help="Task: ner, spans, textcat, textcat_multilabel, qa (SQuAD), summaries, pairs (of texts)"
    ),
]
Lang = Annotated[str, Option("--lang", "-l", help="Two-letter code of the language")]
Pipeline = Annotated[
    str | None,
    Option("--pipeline", "-p", help="Pipeline that makes tokens and sentences, instead of the language's tokenizer"),
]
Split = Annotated[str | None, Option("--split", "-s", help="Shares of train, dev and test, such as 80/10/10")]
Seed = Annotated[int, Option("--seed", help="Random seed of --split")]
Snap = Annotated[bool, Option("--snap", help="Widen spans and answers to whole tokens")]
Faults = Annotated[Path | None, Option("--faults", help="File for the annotations that were left out (JSON lines)")]

To = Annotated[
    str | None,
    Option("--to", help="Format to write, instead of .spacy: prodigy, doccano, label-studio, csv, tuples, brat, conll"),
]
LeastSure = Annotated[
    int | None,
    Option("--least-sure", min=1, help="With --to: number of texts to write, those with the least sure predictions"),
]

Format = Annotated[
    str | None,
    Option(
        "--format",
        "-f",
        help="Format to read: csv, prodigy, doccano, label-studio, tuples, brat, conll, datasets; "
        "default: found from the file",
    ),
]
Columns = Annotated[
    str | None,
    Option(
        "--columns",
        "-c",
        help="Columns by name, or by number from 1, such as text=review,label=stars; "
        "for pairs, such as text1,text2,label",
    ),
]
Header = Annotated[
    bool | None, Option("--header/--no-header", help="The first row names the columns; default: found from the row")
]
Delimiter = Annotated[str | None, Option("--delimiter", help="Delimiter of columns; default: found from the file")]
Encoding = Annotated[
    str | None, Option("--encoding", help="Encoding, such as latin-1; default: UTF-8, or that of a byte order mark")
]
LabelsSeparator = Annotated[
    str | None, Option("--labels-separator", help="Separator of several labels in a cell, such as , or |")
]
LabelNames = Annotated[
    Path | None, Option("--label-names", help="File of names for labels that are numbers: one a line, from 0 on")
]
Scheme = Annotated[
    str | None,
    Option("--scheme", help="Tag scheme: IO, IOB1, IOB2, BILUO, BIOES or BMES; default: found from all tags"),
]
Offsets = Annotated[str | None, Option("--offsets", help="Unit of offsets: characters, utf16 or bytes")]
SpansKey = Annotated[str | None, Option("--spans-key", help="For spans: name of the group; default: sc")]
JoinSentences = Annotated[
    bool, Option("--join-sentences", help="For conll: make one text of the sentences of a document")
]
Annotator = Annotated[str | None, Option("--annotator", help="Annotator whose annotations count, if there are several")]
Predictions = Annotated[
    bool, Option("--predictions", help="Read a tool's predictions for texts that nobody has annotated")
]
Part = Annotated[str | None, Option("--part", help="Part of a data set, such as train")]

MaxQuestions = Annotated[
    int | None,
    Option("--max-questions", min=0, help="For qa: most questions of a Doc; 0 for all of a text; default: 1"),
]
Abstractive = Annotated[
    bool, Option("--abstractive", help="For summaries: none is an extract, so choose similar sentences for all")
]
Number = Annotated[bool, Option("--number", help="For pairs: the label is a number, not a category")]
Rename = Annotated[
    list[str] | None, Option("--rename", help="New name of a label, as OLD=NEW; can be given repeatedly")
]
