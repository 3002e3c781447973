"""`spacy bert doctor`: what this machine has, and whether config, checkpoint and corpus fit together."""

import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
import typer
from confection import ConfigValidationError
from spacy import util
from spacy.cli._util import import_code, parse_config_overrides
from spacy.language import Language
from spacy.schemas import ConfigSchemaInit, ConfigSchemaTraining, validate_init_settings
from spacy.training import Example
from spacy.util import registry, resolve_dot_names
from thinc.api import Model
from wasabi import msg

from ..encoder.device import (
    PRECISIONS,
    available_devices,
    choose_device,
    choose_precision,
    choose_training_precision,
)
from ..encoder.encode import Batches
from ..encoder.model import EncoderModel
from ..encoder.shim import EncoderShim
from ..pipeline.bert_head import BertHead
from ..pipeline.bert_ner import BertNER, misaligned_entities
from ..pipeline.bert_textcat import BertTextCategorizer

PACKAGES = ("spacy", "thinc", "torch", "transformers", "tokenizers", "spacy-transformers", "peft", "spacy-bert-ext")
_CONFIG_ERRORS = (ConfigValidationError, ValueError, OSError)
FEW_EXAMPLES = 20  # of a label, below which it is hard to learn
N_SHOWN = 5  # misaligned entities that are quoted


def examine(config_path: Path | None, code_path: Path | None, arguments: list[str]) -> None:
    """Print a report; leave with exit code 1 if training can't work.

    arguments (List[str]): Overrides of the config, such as `--paths.train corpus/train.spacy`.
    """
    overrides = parse_config_overrides(arguments)
    import_code(code_path)
    examine_machine()
    if config_path is not None and not examine_config(config_path, overrides):
        raise typer.Exit(1)


def examine_machine() -> None:
    """Print versions, devices and precisions."""
    msg.divider("Machine")
    msg.table([("Python", platform.python_version()), *((name, _version(name)) for name in PACKAGES)])
    device = choose_device("auto")
    msg.table(
        [
            ("devices", ", ".join(available_devices())),
            ('device = "auto"', str(device)),
            ('precision = "auto", prediction', _name(choose_precision("auto", device))),
            (
                'precision = "auto", training',
                f"computes in {_name(choose_training_precision('auto', device))}, weights fp32",
            ),
            ("CPU threads", str(torch.get_num_threads())),
        ]
    )
    if device.type == "cpu":
        msg.info("No GPU found: small encoders train well on a CPU, those of BERT-base's size slowly.")
    if _version("spacy-transformers") == "not installed":
        msg.info("Without spacy-transformers, heads can't listen to its `transformer`; everything else works.")


def examine_config(path: Path, overrides: dict) -> bool:
    """Print what the config's checkpoint and corpora look like. RETURNS (bool): Whether it can be trained."""
    msg.divider("Config")
    try:
        nlp = util.load_model_from_config(util.load_config(path, overrides=overrides), auto_fill=True)
        config = nlp.config.interpolate()
        training = registry.resolve(config["training"], schema=ConfigSchemaTraining)
        initialize = registry.resolve(config["initialize"], schema=ConfigSchemaInit)["components"]
    except _CONFIG_ERRORS as error:
        msg.fail(f"{path} is no valid config", str(error))
        return False
    msg.good(f"{path} is valid: {', '.join(nlp.pipe_names)}")
    encoders = list(_encoders(nlp))
    if not encoders:
        msg.warn("The pipeline has no `bert_encoder`", "Add one, or use a config of `spacy bert init-config`.")
    failures = [name for name, encoder in encoders if not _examine_checkpoint(name, encoder)]
    corpora = {}
    for part in ("train", "dev"):
        try:
            (reader,) = resolve_dot_names(config, [training[f"{part}_corpus"]])
            corpora[part] = list(reader(nlp))
        except _CONFIG_ERRORS as error:
            msg.fail(
                f"Can't read the {part} corpus: {error}", f"Set --paths.{part} to a .spacy file, or a folder of them."
            )
            return False
        if not corpora[part]:
            msg.fail(f"The {part} corpus is empty", f"Set --paths.{part} to a .spacy file with Docs.")
            return False
    if failures:
        return False
    _examine_corpora(encoders, corpora, training)
    for name, pipe in nlp.pipeline:
        if isinstance(pipe, BertNER) and not _examine_entities(name, corpora):
            failures.append(name)
        if isinstance(pipe, BertTextCategorizer) and not _examine_categories(name, pipe, corpora):
            failures.append(name)
    as_they_are = {*training["frozen_components"], *util.get_sourced_components(config)}
    for name, pipe in nlp.pipeline:
        is_new = isinstance(pipe, BertHead) and name not in as_they_are
        if is_new and name not in failures and not _initializes(name, pipe, initialize.get(name, {}), corpora["train"]):
            failures.append(name)
    return not failures


def _encoders(nlp: Language) -> Iterator[tuple[str, EncoderModel]]:
    """Encoders and the components that they belong to: `bert_encoder`, or a head with an encoder of its own."""
    for name, pipe in nlp.pipeline:
        if isinstance(model := getattr(pipe, "model", None), Model):
            yield from ((name, node) for node in model.walk() if node.shims and isinstance(node.shims[0], EncoderShim))


def _examine_corpora(
    encoders: list[tuple[str, EncoderModel]], corpora: dict[str, list[Example]], training: dict
) -> None:
    for part, examples in corpora.items():
        msg.divider(f"Corpus: {part}")
        for name, encoder in encoders:
            if len(encoders) > 1:
                msg.text(f"{name}:")
            _examine_lengths(encoder, examples)
    n_steps = sum(1 for _ in training["batcher"](corpora["train"]))
    epochs = f"max_steps = {training['max_steps']} are {training['max_steps'] / n_steps:.1f} epochs."
    msg.info(f"An epoch has about {n_steps} steps", epochs if training["max_steps"] else None)


def _examine_checkpoint(name: str, encoder: EncoderModel) -> bool:
    msg.divider(f"Checkpoint: {name}")
    shim = encoder.shims[0]
    settings = shim.settings
    try:
        if shim.module is None:  # else it was taken from another pipeline
            encoder.initialize()
        shim.prepare_training()
    except (ValueError, ImportError) as error:
        msg.fail(str(error))
        return False
    parameters = list(shim.module.parameters())
    learning = sum(p.numel() for p in parameters if p.requires_grad) / 1e6
    msg.table(
        [
            ("name", settings.name),
            ("architecture", type(shim.module).__name__),
            ("layers, width", f"{getattr(shim.checkpoint.config, 'num_hidden_layers', '?')}, {shim.checkpoint.width}"),
            ("parameters", f"{sum(p.numel() for p in parameters) / 1e6:.1f} million, {learning:.1f} learn"),
            ("tokenizer", f"{type(shim.checkpoint.tokenizer).__name__}, {len(shim.checkpoint.tokenizer)} pieces"),
            (
                "window_pieces",
                f"{settings.window_pieces} of at most {shim.checkpoint.max_window_pieces or 'any number'}",
            ),
            ("device", str(shim.device)),
            ("precision", f"prediction {_name(shim.precision)}, training computes in {_name(shim.training_precision)}"),
        ]
    )
    return True


def _examine_lengths(encoder: EncoderModel, examples: list[Example]) -> None:
    """Pieces and windows of the Docs."""
    docs = [eg.predicted for eg in examples]
    shim = encoder.shims[0]
    settings = shim.settings
    batches = Batches(shim, docs)
    lengths = batches.pieces.per_doc
    n_tokens = int(batches.pieces.tokens_per_doc.sum())
    unknown = shim.checkpoint.tokenizer.unk_token_id
    n_unknown = 0 if unknown is None else int((batches.pieces.ids == unknown).sum())
    msg.table(
        [
            ("Docs", str(len(docs))),
            ("tokens", str(n_tokens)),
            ("pieces per token", f"{len(batches.pieces.ids) / max(1, n_tokens):.2f}"),
            (
                "pieces per Doc",
                "median {:.0f}, 95 % {:.0f}, longest {:.0f}".format(*np.percentile(lengths, [50, 95, 100])),
            ),
            ("Docs of several windows", f"{int((batches.windows.per_doc > 1).sum())}"),
            ("windows", f"{len(batches.lengths)}, {len(batches.lengths) / len(docs):.2f} per Doc"),
            ("unknown pieces", f"{n_unknown} ({100 * n_unknown / max(1, len(batches.pieces.ids)):.2f} %)"),
        ]
    )
    if n_unknown > 0.02 * len(batches.pieces.ids):
        msg.warn("Many pieces are unknown to the tokenizer", "Choose a checkpoint made for this language and script.")
    if settings.context_pieces and not (batches.context.n_before.any() or batches.context.n_after.any()):
        msg.warn(
            "No Doc was told what stands around it: `context_pieces` changes nothing",
            "Read the corpus with `spacy-bert-ext.ContextCorpus.v1`, or set `context_pieces = 0`.",
        )
    share_long = float((batches.windows.per_doc > 1).mean())
    limit = shim.checkpoint.max_window_pieces
    if share_long > 0.2 and limit is not None and settings.window_pieces < limit:
        msg.info(f"{share_long:.0%} of the Docs don't fit into a window", f"`window_pieces` may be up to {limit}.")


def _initializes(name: str, pipe: BertHead, settings: dict, examples: list[Example]) -> bool:
    """Begin a training: whether labels, loss and examples go together."""
    try:
        settings = validate_init_settings(pipe.initialize, settings, section="components", name=name)
        pipe.initialize(lambda: examples, **settings)
    except ValueError as error:
        msg.fail(f"Training of {name} can't begin", str(error))
        return False
    return True


def _examine_entities(name: str, corpora: dict[str, list[Example]]) -> bool:
    msg.divider(f"Entities: {name}")
    counts, misaligned = {}, {}
    for part, examples in corpora.items():
        counts[part] = Counter(span.label_ for eg in examples for span in eg.reference.ents)
        misaligned[part] = [span for eg in examples for span in misaligned_entities(eg)]
    fine = _report_counts(counts, "entities", "Annotate `doc.ents`: see `python -m spacy convert`.")
    for part, spans in misaligned.items():
        if spans:
            shown = ", ".join(repr(span.text) for span in spans[:N_SHOWN])
            msg.warn(
                f"{len(spans)} of {sum(counts[part].values())} {part} entities don't match the tokens: {shown}",
                "They are not learned. Correct their boundaries, or make the tokenizer split there.",
            )
    if not any(misaligned.values()):
        msg.good("All entities match the tokens")
    n_missing = sum(not eg.reference.has_annotation("ENT_IOB") for eg in corpora["train"])
    if n_missing:
        msg.info(f"{n_missing} train Docs have no entity annotation", "They give no loss to this component.")
    return fine


def _examine_categories(name: str, pipe: BertTextCategorizer, corpora: dict[str, list[Example]]) -> bool:
    msg.divider(f"Categories: {name}")
    counts = {
        part: Counter(label for eg in examples for label, value in eg.reference.cats.items() if value >= 0.5)
        for part, examples in corpora.items()
    }
    fine = _report_counts(counts, "categories", "Set `doc.cats` of the training Docs.")
    n_missing = sum(not eg.reference.cats for eg in corpora["train"])
    if n_missing:
        msg.info(f"{n_missing} train Docs have no categories", "They give no loss to this component.")
    several = sum(sum(value == 1 for value in eg.reference.cats.values()) > 1 for eg in corpora["train"])
    if pipe.exclusive and several:
        msg.fail(f"{several} train Docs have more than one category", "Use `bert_textcat_multilabel` instead.")
        return False
    return fine


def _report_counts(counts: dict[str, Counter], what: str, advice: str) -> bool:
    """Print how often each label occurs in each corpus."""
    if not counts["train"]:
        msg.fail(f"There are no {what} in the train corpus", advice)
        return False
    if not counts["dev"]:
        msg.warn(f"There are no {what} in the dev corpus", "Its scores can't tell which step is best: annotate some.")
    labels = sorted(set().union(*counts.values()))
    rows = [(label, *(str(counts[part][label]) for part in counts)) for label in labels]
    msg.table(rows, header=("label", *counts), aligns=("l", *("r" for _ in counts)), divider=True)
    rare = [label for label in labels if 0 < counts["train"][label] < FEW_EXAMPLES]
    if rare:
        msg.warn(
            f"Fewer than {FEW_EXAMPLES} train examples: {', '.join(rare)}", "Annotate more of them, or merge labels."
        )
    unseen = [label for label in labels if not counts["train"][label]]
    if unseen:
        msg.warn(f"Only in the dev corpus: {', '.join(unseen)}", "They can't be learned, and lower the scores.")
    return True


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _name(precision: torch.dtype) -> str:
    return next(name for name, dtype in PRECISIONS.items() if dtype == precision)
