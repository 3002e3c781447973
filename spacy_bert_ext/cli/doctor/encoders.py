"""The encoders of a pipeline: their checkpoints, and what they make of a corpus."""

from collections.abc import Iterator, Sequence

import numpy as np
from spacy.language import Language
from spacy.training import Example
from thinc.api import Model
from wasabi import msg

from ...encoder.model import EncoderModel
from ...encoder.plan import plan_docs
from ...encoder.shim import EncoderShim, encoder_shim_of
from ...pieces.batches import Batches
from .machine import precision_name

_MANY_UNKNOWN = 0.02  # of all pieces
_MANY_LONG = 0.2  # of all Docs


def encoders_of(nlp: Language) -> Iterator[tuple[str, EncoderModel]]:
    """Encoders and the components that they belong to: `bert_encoder`, or a head with an encoder of its own.

    Those that have no weights are left out.
    """
    for name, pipe in nlp.pipeline:
        if isinstance(model := getattr(pipe, "model", None), Model):
            for node in model.walk():
                if node.shims and isinstance(node.shims[0], EncoderShim) and node.shims[0].module is not None:
                    yield name, node


def examine_checkpoint(name: str, encoder: EncoderModel) -> None:
    """Print what an encoder is, and how it computes."""
    msg.divider(f"Checkpoint: {name}")
    shim = encoder_shim_of(encoder)
    module = shim.loaded_module
    settings, checkpoint = shim.settings, shim.loaded.checkpoint
    parameters = list(module.parameters())
    learning = sum(p.numel() for p in parameters if p.requires_grad) / 1e6
    learns = f"held for {shim.held_steps} steps" if shim.held_steps else f"{learning:.1f} learn"
    training = f"prediction {precision_name(shim.precision)}, training computes in "
    msg.table(
        [
            ("name", settings.name),
            ("architecture", type(module).__name__),
            ("layers, width", f"{getattr(checkpoint.config, 'num_hidden_layers', '?')}, {checkpoint.width}"),
            ("parameters", f"{sum(p.numel() for p in parameters) / 1e6:.1f} million, {learns}"),
            ("tokenizer", f"{type(checkpoint.tokenizer).__name__}, {len(checkpoint.tokenizer)} pieces"),
            ("window_pieces", f"{settings.window_pieces} of at most {checkpoint.max_window_pieces or 'any number'}"),
            ("device", str(shim.device)),
            ("precision", training + precision_name(shim.training_precision)),
        ]
    )


def examine_lengths(encoder: EncoderModel, examples: Sequence[Example]) -> None:
    """Print the pieces and windows of the Docs."""
    docs = [eg.predicted for eg in examples]
    shim = encoder_shim_of(encoder)
    batches = plan_docs(shim, docs)
    lengths, n_pieces = batches.pieces.per_doc, len(batches.pieces.ids)
    n_tokens = int(batches.pieces.tokens_per_doc.sum())
    unknown = shim.loaded.checkpoint.tokenizer.unk_token_id
    n_unknown = 0 if unknown is None else int((batches.pieces.ids == unknown).sum())
    quantiles = np.percentile(lengths, [50, 95, 100])
    msg.table(
        [
            ("Docs", str(len(docs))),
            ("tokens", str(n_tokens)),
            ("pieces per token", f"{n_pieces / max(1, n_tokens):.2f}"),
            ("pieces per Doc", "median {:.0f}, 95 % {:.0f}, longest {:.0f}".format(*quantiles)),
            ("Docs of several windows", f"{int((batches.windows.per_doc > 1).sum())}"),
            ("windows", f"{len(batches.lengths)}, {len(batches.lengths) / len(docs):.2f} per Doc"),
            ("unknown pieces", f"{n_unknown} ({100 * n_unknown / max(1, n_pieces):.2f} %)"),
        ]
    )
    if n_unknown > _MANY_UNKNOWN * n_pieces:
        msg.warn("Many pieces are unknown to the tokenizer", "Choose a checkpoint made for this language and script.")
    _warn_of_windows(shim, batches)


def _warn_of_windows(shim: EncoderShim, batches: Batches) -> None:
    settings, limit = shim.settings, shim.loaded.checkpoint.max_window_pieces
    if settings.context_pieces and not (batches.context.n_before.any() or batches.context.n_after.any()):
        msg.warn(
            "No Doc knows its neighbours: `context_pieces` changes nothing",
            "Read the corpus with `spacy-bert-ext.ContextCorpus.v1`, or set `context_pieces = 0`.",
        )
    share_long = float((batches.windows.per_doc > 1).mean())
    if share_long > _MANY_LONG and limit is not None and settings.window_pieces < limit:
        msg.info(f"{share_long:.0%} of the Docs don't fit into a window", f"`window_pieces` may be up to {limit}.")
