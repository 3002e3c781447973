"""`python -m spacy bert ...`: the index of commands.

Every `spacy` command imports this module, so what the commands need is imported when they run.
"""

from pathlib import Path

import typer
from spacy.cli._util import app as spacy_app
from spacy.cli.apply import apply_cli

from .apply import apply
from .convert import convert
from .curves import curves
from .evaluate import evaluate
from .explain import explain
from .help import help_
from .init_config import init_config
from .package import package
from .pretrain import pretrain
from .quick.arguments import quick
from .spacy_apply import use_batch_size_of_pipeline
from .spacy_package import tell_of_own_wheel

app = typer.Typer(name="bert", help="Commands for BERT pipelines.", no_args_is_help=True)
spacy_app.add_typer(app)
use_batch_size_of_pipeline(apply_cli)
tell_of_own_wheel(spacy_app)


app.command("quick", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(quick)
app.command("init-config")(init_config)


@app.command("fill-config")
def fill_config(
    base_path: Path = typer.Argument(
        ..., help="Partial config with [nlp] lang and pipeline, and settings that differ; or - for standard input"
    ),
    output_path: str = typer.Argument("-", help="File to write, or - for standard output"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file that registers the factories"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the file if it exists"),
) -> None:
    """Complete a config with the defaults that `init-config` writes, comments included.

    `spacy init fill-config` completes a config with spaCy's own optimizer, batcher and logger.
    """
    from .fill_config import fill_config_to

    fill_config_to(base_path, output_path, code_path, force)


@app.command("doctor", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def doctor(
    ctx: typer.Context,
    config_path: Path | None = typer.Argument(None, help="Training config; default: examine the machine only"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
) -> None:
    """Check the machine and, with a config, its checkpoint and corpora. Takes overrides as `spacy train` does.

    The exit code is 1 if the training can't work.
    """
    from .doctor import examine

    examine(config_path, code_path, ctx.args)


@app.command("train", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    ctx: typer.Context,
    config_path: Path = typer.Argument(..., help="Training config", exists=True, allow_dash=True),
    output_path: Path | None = typer.Option(
        None,
        "--output",
        "--output-path",
        "-o",
        help="Folder for the trained pipeline and the state of the training",
        file_okay=False,
    ),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    verbose: bool = typer.Option(False, "--verbose", "-V", "-VV", help="Show messages for debugging"),
    use_gpu: int = typer.Option(-1, "--gpu-id", "-g", help="GPU for components that use thinc, or -1 for the CPU"),
    resume: bool = typer.Option(False, "--resume", "-r", help="Go on with the interrupted training in --output"),
    save_every: int = typer.Option(
        0, "--save-every", min=0, help="Steps between saved states, besides those at evaluations; 0 for none"
    ),
) -> None:
    """Train as `spacy train` does, with a state that can be resumed. Takes overrides as `spacy train` does."""
    from .train import train_to
    from .training import Call

    call = Call(config_path, output_path, code_path, ctx.args, verbose=verbose, use_gpu=use_gpu)
    train_to(call._replace(resume=resume, save_every=save_every))


app.command("pretrain", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(pretrain)
app.command("convert")(convert)
app.command("apply")(apply)


@app.command("calibrate")
def calibrate(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    corpus: Path = typer.Argument(..., help="Annotated Docs not trained on: .spacy file, or a folder", exists=True),
    output_path: Path = typer.Argument(..., help="Folder of the calibrated pipeline, new or empty"),
    component: list[str] = typer.Option([], "--component", help="Head; can be given repeatedly; default: all"),
    thresholds: bool = typer.Option(False, "--thresholds", help="Also tune a threshold for each label"),
    min_positives: int = typer.Option(
        10, "--min-positives", min=1, help="Fewest Docs or spans of a label that gets its own threshold"
    ),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="GPU; -1 for the encoder's setting `device`"),
    min_scored: int | None = typer.Option(
        None,
        "--min-scored",
        min=1,
        help="Fewest scored predictions of a head that is calibrated; default: none is an error",
    ),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a pipeline that is there"),
) -> None:
    """Make scores probabilities: fit a temperature for each head. Entities and best categories stay."""
    from .calibrate import calibrate_to

    asked = {
        "components": component,
        "thresholds": thresholds,
        "min_positives": min_positives,
        "min_scored": min_scored,
    }
    calibrate_to(pipeline, corpus, output_path, asked, gpu_id=gpu_id, code_path=code_path, force=force)


app.command("evaluate")(evaluate)
app.command("curves")(curves)


@app.command("import")
def import_checkpoint(
    checkpoint: str = typer.Argument(..., help="Fine-tuned checkpoint: folder, or name on the Hugging Face hub"),
    output_path: Path = typer.Argument(..., help="Folder of the pipeline, new or empty"),
    lang: str = typer.Option("en", "--lang", "-l", help="Two-letter code of the language"),
    revision: str | None = typer.Option(None, "--revision", "-r", help="Branch, tag or commit on the hub"),
    name: str | None = typer.Option(None, "--name", "-n", help="Name of the head; default: its factory"),
    scheme: str | None = typer.Option(
        None, "--scheme", "-s", help="BIO, IOB1, BIOES or IO; default: found from the tags"
    ),
    tags: str | None = typer.Option(None, "--tags", "-t", help="Names of the outputs, separated by commas"),
    rename: list[str] = typer.Option([], "--rename", help="New name of a label, as OLD=NEW; can be given repeatedly"),
    pairs: bool = typer.Option(False, "--pairs", help="For checkpoints of pairs of texts: NLI, cross-encoders"),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a pipeline that is there"),
) -> None:
    """Make a pipeline of a fine-tuned checkpoint: `bert_encoder` and a head."""
    from .import_ import import_to

    import_to(
        checkpoint,
        output_path,
        lang=lang,
        revision=revision,
        component=name,
        scheme=scheme,
        tags=tags,
        rename=rename,
        pairs=pairs,
        force=force,
    )


@app.command("export")
def export_component(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    output_path: Path = typer.Argument(..., help="Folder of the checkpoint, new or empty"),
    component: str = typer.Option(..., "--component", help="Head to export with its encoder"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a checkpoint that is there"),
) -> None:
    """Write a head and its encoder as a checkpoint that transformers opens."""
    from .export import export_to

    export_to(pipeline, output_path, component, code_path=code_path, force=force)


@app.command("half")
def half(
    pipeline: Path = typer.Argument(..., help="Folder of the pipeline", exists=True, file_okay=False),
    output_path: Path = typer.Argument(..., help="Folder of the copy, new or empty"),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a pipeline that is there"),
) -> None:
    """Copy a pipeline with the weights of its encoders in bf16: half the size, for `package` or `push`."""
    from .half import halve_to

    halve_to(pipeline, output_path, force=force)


@app.command("quantize")
def quantize(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    output_path: Path = typer.Argument(..., help="Folder of the int8 pipeline, new or empty"),
    backend: str = typer.Option("openvino", "--backend", "-b", help="Back end that computes in int8: openvino or onnx"),
    calibrate: Path = typer.Option(
        ..., "--calibrate", help="Texts like future ones, annotated or not: .spacy file, or a folder", exists=True
    ),
    evaluate: Path = typer.Option(
        ..., "--evaluate", help="Annotated Docs not trained on: .spacy file, or a folder", exists=True
    ),
    max_loss: float = typer.Option(0.5, "--max-loss", min=0, help="Most that a score may lose, in points of 100"),
    n_texts: int = typer.Option(1000, "--texts", min=20, help="Most calibration texts that are drawn"),
    seed: int = typer.Option(0, "--seed", help="Random seed of the draw"),
    keep_temperatures: bool = typer.Option(
        False, "--keep-temperatures", help="Keep the temperatures of heads; default: fit them to the int8 encoder"
    ),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a pipeline that is there"),
) -> None:
    """Make a pipeline whose encoder predicts in int8, faster and smaller. It is written only if its scores hold."""
    from ..quantization.quantizing import Request
    from .quantize import quantize_to

    request = Request(
        backend, calibrate=calibrate, evaluate=evaluate, n_texts=n_texts, seed=seed, refit=not keep_temperatures
    )
    quantize_to(pipeline, output_path, request, max_loss=max_loss, code_path=code_path, force=force)


app.command("explain")(explain)
app.command("package")(package)
app.command("help")(help_)


@app.command("push")
def push(
    pipeline: Path = typer.Argument(..., help="Folder of the pipeline", exists=True, file_okay=False),
    repository: str = typer.Argument(..., help="Repository on the Hugging Face hub: user/name"),
    private: bool = typer.Option(False, "--private", "-p", help="Make a repository that only its owner sees"),
    message: str = typer.Option("Add pipeline", "--message", "-m", help="Message of the commit"),
) -> None:
    """Upload a pipeline to the Hugging Face hub, with a model card if it has no README.md."""
    from .push import push_to

    push_to(pipeline, repository, private, message)
