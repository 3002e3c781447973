"""`spacy bert explain`: its arguments.

What it needs is imported when it runs, see `cli/__init__.py`.
"""

from pathlib import Path

import typer


def explain(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    text: str | None = typer.Argument(None, help="Text to explain"),
    file: str | None = typer.Option(None, "--file", help="File with one text a line, or - for standard input"),
    pair: str | None = typer.Option(None, "--pair", help="Second text, for heads that read pairs: `doc._.pair`"),
    output_path: Path | None = typer.Option(
        None, "--output", "-o", help="Page to write; with the ending .json, a file of the numbers"
    ),
    component: str | None = typer.Option(
        None, "--component", help="Head to explain; default: all heads that can explain"
    ),
    label: str | None = typer.Option(None, "--label", "-l", help="Label to explain; default: the predicted ones"),
    method: str = typer.Option(
        "integrated_gradients",
        "--method",
        "-m",
        help="Method: integrated_gradients, occlusion, attention, rollout or gradient_times_input",
    ),
    steps: int = typer.Option(
        8, "--steps", min=1, help="Steps of integrated gradients: more are slower and more exact"
    ),
    baseline: str = typer.Option(
        "mask", "--baseline", "-b", help="Text without information, for comparison: mask, pad or zero"
    ),
    spans_key: str | None = typer.Option(
        None, "--spans-key", help="Group of `doc.spans` to explain; default: the predicted spans"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the numbers as JSON, instead of tables"),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="GPU; -1 for the encoder's setting `device`"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the output if it exists"),
) -> None:
    """Show which tokens speak for and against each prediction, in a table and on a page in colours."""
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
