import pytest

from spacy_bert_ext.pipeline.imported import Classifier, read_classifier
from tests.coded import raises_code


def classifier(**new_names):
    return Classifier("some/name", ("LABEL_0", "LABEL_1"), None, scheme=None, new_names=new_names)


def test_a_checkpoint_that_answers_questions():
    found = read_classifier("question-answering", classifier())
    assert (found.factory, found.labels) == ("bert_qa", [])
    assert found.settings["model"]["@architectures"] == "spacy-bert-ext.QuestionAnswerer.v1"


@pytest.mark.parametrize("label", ["LABEL_0", "X"])
def test_it_has_no_labels_to_rename(label):
    with raises_code("B044"):
        read_classifier("question-answering", classifier(**{label: "A"}))
