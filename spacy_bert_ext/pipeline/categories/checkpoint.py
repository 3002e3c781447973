"""The categorizers from a checkpoint of transformers that classifies texts."""

from ...errors import Errors
from ..imported import Classifier, ImportedHead


def import_categories(classifier: Classifier) -> ImportedHead:
    """RAISES (ValueError): A regression, a single output, two of one name, or labels that can't be renamed so."""
    names = list(classifier.names)
    is_multilabel = classifier.problem_type == "multi_label_classification"
    if classifier.problem_type == "regression" or (len(names) < 2 and not is_multilabel):
        n_labels, problem_type = len(names), classifier.problem_type
        raise ValueError(Errors.B040.format(name=classifier.name, n_labels=n_labels, problem_type=problem_type))
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(Errors.B070.format(name=classifier.name, label=repeated))
    labels = classifier.renamed(names)
    factory = "bert_textcat_multilabel" if is_multilabel else "bert_textcat"
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTextClassifier.v1"}
    return ImportedHead(factory, {"model": model}, labels, labels)
