"""`bert_ner` from and as a checkpoint of transformers that classifies tokens."""

from collections.abc import Mapping

from ...tagging.tag_names import parse_tags
from ..exported import Differences
from ..imported import Classifier, ImportedHead

# Settings with which transformers' pipelines find the same. They know the letters B and I, and take others for a part
# of the label.
SAME_IN_TRANSFORMERS: dict[str, tuple[object, ...]] = {
    "decoder": ("greedy",),
    "pooling": ("first",),
    "scheme": ("BIO", "IOB1", "IO"),
    "min_score": (0.0,),
}


def differences_of(settings: Mapping[str, object]) -> Differences:
    """settings (Mapping[str, object]): Those of SAME_IN_TRANSFORMERS."""
    return {
        setting: (found, SAME_IN_TRANSFORMERS[setting][0])
        for setting, found in settings.items()
        if found not in SAME_IN_TRANSFORMERS[setting]
    }


def import_entities(classifier: Classifier) -> ImportedHead:
    """RAISES (ValueError): Names that are no tags, or labels that can't be renamed so."""
    parsed = parse_tags(classifier.names, scheme=classifier.scheme)
    labels = classifier.renamed(parsed.labels)
    new_name = dict(zip(parsed.labels, labels))
    names = [f"{tag[:2]}{new_name[tag[2:]]}" if tag[1:2] == "-" else tag for tag in parsed.names]
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTokenClassifier.v1"}
    return ImportedHead("bert_ner", {"model": model, "scheme": parsed.scheme, "decoder": "greedy"}, labels, names)
