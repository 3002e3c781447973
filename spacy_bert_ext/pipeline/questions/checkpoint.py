"""`bert_qa` from a checkpoint of transformers that answers questions."""

from ..imported import Classifier, ImportedHead


def import_answers(classifier: Classifier) -> ImportedHead:
    """RAISES (ValueError): Labels are to be renamed, of which it has none."""
    classifier.renamed([])
    model = {"@architectures": "spacy-bert-ext.QuestionAnswerer.v1"}
    return ImportedHead("bert_qa", {"model": model}, [], list(classifier.names))
