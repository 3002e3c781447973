"""A component's encoder and head → a checkpoint that transformers opens, with the same predictions."""

import copy
import warnings
from pathlib import Path

from spacy.language import Language

from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors, Warnings
from ..files.folder_kinds import CHECKPOINT
from ..files.folders import written_whole
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.classifiers import assemble_classifier
from ..huggingface.foreign import quiet
from ..huggingface.types import PreTrainedModel
from ..pipeline.bert_head import BertHead
from ..pipeline.exported import Exported
from ..sharing.listener import model_of
from .card import model_card

AS_THEY_STAND = (
    "text-classification",
    "question-answering",
)  # tasks for which transformers' pipelines make pieces of texts, not of tokens


def export_checkpoint(nlp: Language, component: str, folder: Path, *, force: bool = False) -> None:
    """Write config.json, model.safetensors, the tokenizer and a model card.

    force (bool): Replace a checkpoint that is there.
    RAISES (ValueError): The folder holds something else; no such component, or not one of ours; a head that
        transformers has no form for, or that can't tell which.
    """
    head = _find_head(nlp, component)
    encoder = _shim_of(head)
    exported = head.exported()
    checkpoint = encoder.loaded.checkpoint
    model = _classifier(head.name, checkpoint, exported)
    _warn_of_differences(head.name, encoder, exported)
    with written_whole(folder, replacing=CHECKPOINT, force=force) as temporary, quiet():
        model.save_pretrained(temporary, safe_serialization=True)
        checkpoint.tokenizer.save_pretrained(temporary)
        card = model_card(nlp, head, model.config.architectures[0], exported.task)
        (temporary / "README.md").write_text(card, encoding="utf8")


def _find_head(nlp: Language, component: str) -> BertHead:
    heads = {name: pipe for name, pipe in nlp.components if isinstance(pipe, BertHead)}
    if component not in heads:
        raise ValueError(Errors.B045.format(found=component, heads=", ".join(heads) or "none"))
    heads[component].require_weights()
    return heads[component]


def _shim_of(head: BertHead) -> EncoderShim:
    model = model_of(head.model.get_ref("encoder"))
    if not model.shims:
        raise ValueError(Errors.B047.format(name=head.name))
    return encoder_shim_of(model)


def _classifier(name: str, checkpoint: Checkpoint, exported: Exported) -> PreTrainedModel:
    """Encoder and head put together as transformers has them."""
    config = copy.deepcopy(checkpoint.module.config if exported.config is None else exported.config)
    names = exported.names
    config.id2label, config.label2id = dict(enumerate(names)), {name: i for i, name in enumerate(names)}
    if exported.problem_type is not None:
        config.problem_type = exported.problem_type
    encoder = checkpoint.plain_module()
    return assemble_classifier(config, exported.task, encoder=encoder, head_weights=exported.weights, name=name)


def _warn_of_differences(name: str, encoder: EncoderShim, exported: Exported) -> None:
    """Of settings with which transformers' pipelines find something else."""
    differences = dict(exported.differences)
    if encoder.settings.context_pieces:
        differences["context_pieces"] = (encoder.settings.context_pieces, 0)
    if exported.task in AS_THEY_STAND and encoder.settings.pieces_from != "text":
        differences["pieces_from"] = (encoder.settings.pieces_from, "text")
    for setting, (found, allowed) in differences.items():
        warnings.warn(Warnings.B103.format(name=name, setting=setting, found=found, allowed=allowed))
