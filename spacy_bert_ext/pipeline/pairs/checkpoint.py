"""The heads of pairs from a checkpoint of transformers that classifies texts or gives a number, and back."""

import copy

from torch import nn

from ...errors import Errors
from ..categories.checkpoint import import_categories
from ..exported import Exported, export_text_classifier
from ..imported import Classifier, ImportedHead
from .numbers import LABEL, InRange, NumberKind

# What sentence-transformers applies to the one output of a cross-encoder, as config.json names it.
IDENTITY, SIGMOID = "Identity", "Sigmoid"
_SEVERAL = {"multi_label_classification": "labels that hold independently", "regression": "several numbers"}


def import_pairs(classifier: Classifier) -> ImportedHead:
    """One output is a number, several are categories that exclude each other.

    RAISES (ValueError): Several numbers, categories that hold independently, an unknown activation; as
        `import_categories`.
    """
    if len(classifier.names) > 1:
        if classifier.problem_type in _SEVERAL:
            reason = f"its {len(classifier.names)} outputs are {_SEVERAL[classifier.problem_type]}"
            raise ValueError(Errors.B459.format(name=classifier.name, reason=reason))
        return import_categories(classifier)._replace(factory="bert_textpair")
    activation = classifier.activation
    if activation is None:  # as transformers' pipelines have it
        activation = IDENTITY if classifier.problem_type == "regression" else SIGMOID
    if activation not in (IDENTITY, SIGMOID):
        reason = f"its number goes through {activation}"
        raise ValueError(Errors.B459.format(name=classifier.name, reason=reason))
    settings = {
        "model": {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1"},
        "score_range": None if activation == IDENTITY else [0.0, 1.0],
    }
    return ImportedHead("bert_textpair_score", settings, [LABEL], classifier.renamed(list(classifier.names)))


def export_number(name: str, module: nn.Module, kind: NumberKind) -> Exported:
    """name (str): Of the component, for the error.

    RAISES (ValueError): transformers has no form for the head.
    """
    exported = export_text_classifier(name, module, kind.problem_type)
    config = copy.deepcopy(exported.config)
    if config is None:
        return exported
    if not isinstance(kind, InRange):
        config.sentence_transformers = {"activation_fn": _path(IDENTITY)}
        return exported._replace(config=config)
    config.sentence_transformers = {"activation_fn": _path(SIGMOID)}
    found, allowed = [kind.low, kind.high], [0.0, 1.0]
    return exported._replace(config=config, differences={"score_range": (found, allowed)} if found != allowed else {})


def _path(activation: str) -> str:
    module = "linear" if activation == IDENTITY else "activation"
    return f"torch.nn.modules.{module}.{activation}"
