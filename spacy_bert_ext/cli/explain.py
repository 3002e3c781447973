"""`spacy bert explain`: its arguments.

What it needs is imported when it runs, see `cli/__init__.py`.
"""

from pathlib import Path

import typer


def explain(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    text: str | None = typer.Argument(None, help="Text to annotate and explain"),
    file: str | None = typer.Option(None, "--file", help="File with a text in each line, or - for standard input"),
    pair: str | None = typer.Option(None, "--pair", help="Second text, for heads that read pairs: `doc._.pair`"),
    output_path: Path | None = typer.Option(
        None, "--output", "-o", help="Page to write, or, if its name ends in .json, file of the numbers"
    ),
    component: str | None = typer.Option(None, "--component", help="The head to explain; default: all that can be"),
    label: str | None = typer.Option(None, "--label", "-l", help="Label to explain; default: what was predicted"),
    method: str = typer.Option(
        "integrated_gradients",
        "--method",
        "-m",
        help="integrated_gradients, occlusion, attention, rollout or gradient_times_input",
    ),
    steps: int = typer.Option(8, "--steps", min=1, help="Of integrated gradients: more are more exact, and slower"),
    baseline: str = typer.Option("mask", "--baseline", "-b", help="What a text is compared with: mask, pad or zero"),
    spans_key: str | None = typer.Option(
        None, "--spans-key", help="Explain this group of `doc.spans`; default: what was predicted"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the numbers as JSON, instead of tables"),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="GPU; -1 for the `device` of the encoder's settings"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the output if it exists"),
) -> None:
    """Show which tokens speak for each prediction, and which against it: a table, and a page in colours."""
    from .explaining import Question, explain_to

    question = Question(
        component, label=label, spans_key=spans_key, method=method, steps=steps, baseline=baseline, pair=pair
    )
    explain_to(
        pipeline,
        text,
        question,
        file=file,
        output_path=output_path,
        as_json=as_json,
        gpu_id=gpu_id,
        code_path=code_path,
        force=force,
    )
