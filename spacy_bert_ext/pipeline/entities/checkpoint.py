"""`bert_ner` from and as a checkpoint of transformers that classifies tokens."""

from collections.abc import Mapping, Sequence

from torch import nn

from ...errors import Errors
from ...heads.huggingface_head import HuggingFaceHead
from ...heads.token_classifier import TokenClassifierModule
from ...huggingface.classifiers import Task
from ...tagging.tag_names import parse_tags
from ..answers import Exported
from ..imported import Classifier, ImportedHead

TASK: Task = "token-classification"
# Settings with which transformers' pipelines find the same. They know the letters B and I, and take others for a part
# of the label.
SAME_IN_TRANSFORMERS: dict[str, tuple[object, ...]] = {
    "decoder": ("greedy",),
    "pooling": ("first",),
    "scheme": ("BIO", "IOB1", "IO"),
    "min_score": (0.0,),
}


def export_entities(name: str, module: nn.Module, names: Sequence[str], settings: Mapping[str, object]) -> Exported:
    """settings (Mapping[str, object]): Those of SAME_IN_TRANSFORMERS.

    RAISES (ValueError): transformers has no form for the head.
    """
    differences = {
        setting: (found, SAME_IN_TRANSFORMERS[setting][0])
        for setting, found in settings.items()
        if found not in SAME_IN_TRANSFORMERS[setting]
    }
    if isinstance(module, HuggingFaceHead):
        return Exported(TASK, module.names(), module.model.state_dict(), module.config, differences=differences)
    if not isinstance(module, TokenClassifierModule):
        raise ValueError(Errors.B046.format(name=name, architecture=type(module).__name__))
    if module.casing is not None:
        raise ValueError(Errors.B049.format(name=name))
    weights = {f"classifier.{of_layer}": weight for of_layer, weight in module.output.state_dict().items()}
    return Exported(TASK, names, weights, differences=differences)


def import_entities(classifier: Classifier) -> ImportedHead:
    """RAISES (ValueError): Names that are no tags, or labels that can't be renamed so."""
    parsed = parse_tags(classifier.names, scheme=classifier.scheme)
    labels = classifier.renamed(parsed.labels)
    new_name = dict(zip(parsed.labels, labels))
    names = [f"{tag[:2]}{new_name[tag[2:]]}" if tag[1:2] == "-" else tag for tag in parsed.names]
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTokenClassifier.v1"}
    return ImportedHead("bert_ner", {"model": model, "scheme": parsed.scheme, "decoder": "greedy"}, labels, names)
