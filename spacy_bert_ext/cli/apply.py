"""Arguments of `spacy bert apply`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def apply(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    source: str = typer.Argument(
        ...,
        metavar="INPUT",
        help=".txt (a text a line), .jsonl, .csv, .tsv, .parquet, .spacy, also gzipped; a folder of these, in which "
        "a .txt file is one text; - for standard input",
    ),
    output: str = typer.Argument(..., help=".jsonl, .csv, .parquet, .spacy or .conll; - for standard output"),
    text_column: str = typer.Option("text", "--text-column", "-t", help="Column, or key, of the texts"),
    columns: str | None = typer.Option(
        None,
        "--columns",
        "-c",
        help="Of ents, spans, cats, answers, summary, pair_score, doc; separated by commas; default: what the "
        "components write to",
    ),
    given: list[str] = typer.Option(
        [], "--given", help="EXTENSION=COLUMN: what heads read besides the text, such as pair=second_text; repeatedly"
    ),
    prefix: str = typer.Option("", "--prefix", help="Of the names of our columns"),
    from_kind: str | None = typer.Option(None, "--from", help="Kind of the input; default: by its ending"),
    to_kind: str | None = typer.Option(None, "--to", help="Kind of the output; default: by its ending"),
    engine: str | None = typer.Option(
        None, "--engine", "-e", help="local (this process), processes or ray; default: processes for several workers"
    ),
    workers: int | None = typer.Option(None, "--workers", "-n", min=1, help="Processes, or Ray's actors"),
    devices: str | None = typer.Option(None, "--devices", "-d", help="GPUs, such as 0,1; or cpu: a worker for each"),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="The same for one GPU; -1: what the pipeline's settings say"),
    address: str | None = typer.Option(
        None, "--address", help="Of a Ray cluster, or auto; default: one on this machine"
    ),
    batch_size: int | None = typer.Option(
        None, "--batch-size", "-b", min=1, help="Of nlp.pipe; default: the pipeline's"
    ),
    max_chars: int | None = typer.Option(
        None, "--max-chars", min=1, help="Longer texts are errors; default: nlp.max_length"
    ),
    code_path: Path | None = typer.Option(None, "--code", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Begin anew, and replace the output if it exists"),
) -> None:
    """Annotate texts of files, and write columns of annotations. A job that was killed goes on by the same command."""
    from .applying import Request, apply_to

    request = Request(
        pipeline,
        source,
        output,
        text_column=text_column,
        columns=columns,
        given=given,
        prefix=prefix,
        from_kind=from_kind,
        to_kind=to_kind,
        engine=engine,
        workers=workers,
        devices=devices if gpu_id < 0 else str(gpu_id),
        address=address,
        batch_size=batch_size,
        max_chars=max_chars,
        code_path=code_path,
        force=force,
    )
    apply_to(request)
