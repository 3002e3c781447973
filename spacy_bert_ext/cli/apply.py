"""Arguments of `spacy bert apply`; what it needs is imported when it runs."""

from pathlib import Path

import typer

_INPUT = (
    "File to read: .txt (a text a line), .jsonl, .csv, .tsv, .parquet, .spacy, also gzipped; - is standard input. "
    "Or a folder of these, where each .txt file is one text"
)
_COLUMNS = (
    "Columns to write, separated by commas: ents, spans, cats, answers, summary, pair_score, doc; "
    "default: those that components of the pipeline fill"
)
_GIVEN = "Further input of heads as EXTENSION=COLUMN, such as pair=second_text; can be given repeatedly"
_ENGINE = "Engine: local (this process), processes or ray; default: processes for several workers"
_DEVICES = "Devices, such as 0,1 or cpu, with a worker for each; default: the pipeline's setting"
_ADDRESS = "Address of a Ray cluster, or auto; default: a cluster on this machine"
_TO = "Format to write: jsonl, csv, parquet, spacy, conll; default: by the ending"
_FROM = "Format to read: txt, jsonl, csv, tsv, parquet, spacy, or file (each file is a text); default: by the ending"


def apply(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    source: str = typer.Argument(..., metavar="INPUT", help=_INPUT),
    output: str = typer.Argument(
        ..., help="File to write: .jsonl, .csv, .parquet, .spacy or .conll; or - for standard output"
    ),
    text_column: str = typer.Option("text", "--text-column", "-t", help="Column or key of the texts"),
    columns: str | None = typer.Option(None, "--columns", "-c", help=_COLUMNS),
    given: list[str] = typer.Option([], "--given", help=_GIVEN),
    prefix: str = typer.Option("", "--prefix", help="Prefix of the names of the new columns"),
    from_kind: str | None = typer.Option(None, "--from", help=_FROM),
    to_kind: str | None = typer.Option(None, "--to", help=_TO),
    engine: str | None = typer.Option(None, "--engine", "-e", help=_ENGINE),
    workers: int | None = typer.Option(None, "--workers", "-n", min=1, help="Processes, or Ray's actors"),
    devices: str | None = typer.Option(None, "--devices", "-d", help=_DEVICES),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="One GPU, as --devices; -1 for none"),
    address: str | None = typer.Option(None, "--address", help=_ADDRESS),
    batch_size: int | None = typer.Option(
        None, "--batch-size", "-b", min=1, help="Most texts in a batch; default: the pipeline's"
    ),
    max_chars: int | None = typer.Option(
        None, "--max-chars", min=1, help="Longest text in characters, longer ones are errors; default: nlp.max_length"
    ),
    code_path: Path | None = typer.Option(None, "--code", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Begin again, and replace the output if it exists"),
) -> None:
    """Annotate files of texts, and write columns of annotations. A killed job goes on by the same command."""
    from .applying import Request, Where, apply_to

    where = Where(engine, workers=workers, devices=devices if gpu_id < 0 else str(gpu_id), address=address)
    request = Request(
        pipeline,
        source,
        output,
        where=where,
        kinds=(from_kind, to_kind),
        columns=columns,
        code=code_path,
        annotate={"text": text_column, "prefix": prefix, "batch_size": batch_size, "max_chars": max_chars},
        given=given,
        force=force,
    )
    apply_to(request)
