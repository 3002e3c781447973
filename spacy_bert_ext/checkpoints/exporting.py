"""A component's encoder and head → a checkpoint that transformers opens, with the same predictions."""

import copy
import warnings
from pathlib import Path

import torch
from spacy.language import Language

from ..encoder.shim import EncoderShim
from ..errors import Errors, Warnings
from ..files.folders import written_whole
from ..heads.huggingface_head import HuggingFaceHead
from ..heads.token_classifier import TokenClassifierModule
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.classifiers import Task, assemble_classifier
from ..huggingface.types import PreTrainedModel
from ..pipeline.bert_head import BertHead
from ..pipeline.bert_ner import BertNER
from ..pipeline.bert_textcat import BertTextCategorizer
from ..sharing.listener import model_of
from .card import model_card

# Settings with which transformers' pipelines find the same. Those that find entities know the letters B and I, and take
# others for a part of the label; those that classify texts make pieces of the text as it stands.
SAME_IN_TRANSFORMERS = {
    "decoder": ("greedy",),
    "pooling": ("first",),
    "scheme": ("BIO", "IOB1", "IO"),
    "pieces_from": ("text",),
    "min_score": (0.0,),
    "context_pieces": (0,),
}


def export_checkpoint(nlp: Language, component: str, folder: Path) -> None:
    """Write config.json, model.safetensors, the tokenizer and a model card.

    RAISES (ValueError): The folder is not empty; no such component, or not one of ours; a head that transformers has no
        form for.
    """
    head = _find_head(nlp, component)
    checkpoint = _shim_of(head).checkpoint
    task: Task = "token-classification" if isinstance(head, BertNER) else "text-classification"
    model = _classifier(head, checkpoint, task)
    with written_whole(folder, replacing=None) as temporary:
        model.save_pretrained(temporary, safe_serialization=True)
        checkpoint.tokenizer.save_pretrained(temporary)
        (temporary / "README.md").write_text(model_card(nlp, head, model.config, task), encoding="utf8")


def _find_head(nlp: Language, component: str) -> BertHead:
    heads = [name for name, pipe in nlp.components if isinstance(pipe, BertHead)]
    if component not in heads:
        raise ValueError(Errors.B045.format(found=component, heads=", ".join(heads) or "none"))
    head = nlp.get_pipe(component)
    head.require_weights()
    return head


def _shim_of(head: BertHead) -> EncoderShim:
    model = model_of(head.model.get_ref("encoder"))
    if not model.shims:
        raise ValueError(Errors.B047.format(name=head.name))
    return model.shims[0]


def _classifier(head: BertHead, checkpoint: Checkpoint, task: Task) -> PreTrainedModel:
    """Encoder and head put together as transformers has them."""
    module = head.shim.module
    is_ready = isinstance(module, HuggingFaceHead)
    config = copy.deepcopy(module.config if is_ready else checkpoint.module.config)
    weights = module.model.state_dict() if is_ready else _linear_weights(head)
    names = _output_names(head)
    config.id2label, config.label2id = dict(enumerate(names)), {name: i for i, name in enumerate(names)}
    if isinstance(head, BertTextCategorizer):
        config.problem_type = "single_label_classification" if head.exclusive else "multi_label_classification"
    model = assemble_classifier(config, task, encoder=checkpoint.plain_module(), head_weights=weights, name=head.name)
    _warn_of_differences(head)
    return model


def _linear_weights(head: BertHead) -> dict[str, torch.Tensor]:
    """Of a head of ours, by the names that they have where transformers' is a linear layer, too."""
    module = head.shim.module
    if isinstance(module, TokenClassifierModule) and module.casing is not None:
        raise ValueError(Errors.B049.format(name=head.name))
    if not isinstance(module, TokenClassifierModule):
        raise ValueError(Errors.B046.format(name=head.name, architecture="any architecture"))
    return {f"classifier.{name}": weight for name, weight in module.output.state_dict().items()}


def _output_names(head: BertHead) -> list[str]:
    module = head.shim.module
    if isinstance(module, HuggingFaceHead):
        return [module.config.id2label[i] for i in range(module.n_outputs)]
    return head.output_names(head.labels)


def _warn_of_differences(head: BertHead) -> None:
    of_encoder = _shim_of(head).settings
    settings = {"context_pieces": of_encoder.context_pieces}
    if isinstance(head, BertNER):
        settings |= {"decoder": head.decoder, "pooling": head.model.attrs["pooling"]}
        settings |= {"scheme": head.scheme, "min_score": head.min_score}
    else:
        settings |= {"pieces_from": of_encoder.pieces_from}
    for name, allowed in SAME_IN_TRANSFORMERS.items():
        if name in settings and settings[name] not in allowed:
            warnings.warn(Warnings.B103.format(name=head.name, setting=name, found=settings[name], allowed=allowed[0]))
