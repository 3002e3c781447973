"""Checkpoints given back: transformers' own code finds what the pipeline finds."""

import pytest
import torch
from spacy.training import Example

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from tests.checkpoints.classifiers import ARCHITECTURES, AUTO, CATEGORIES, TAGS, make_classifier
from tests.checkpoints.test_importing import FP32, TEXTS, logits_by_transformers

NAMES = {"token-classification": TAGS, "text-classification": CATEGORIES}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("task", AUTO)
def test_what_was_imported_and_trained_is_given_back(architecture, task, tmp_path):
    folder = make_classifier(tmp_path / "before", architecture, task, NAMES[task])
    nlp = from_pretrained(folder, encoder=FP32)
    gold = {"entities": [(17, 24, "LOC")], "cats": {"positive": 1.0, "neutral": 0.0, "negative": 0.0}}
    nlp.update([Example.from_dict(nlp.make_doc(TEXTS[0]), gold)], sgd=nlp.resume_training())
    export_checkpoint(nlp, nlp.pipe_names[-1], tmp_path / "after")
    docs = [nlp.make_doc(text) for text in TEXTS]
    scores = nlp.get_pipe(nlp.pipe_names[-1]).model.predict(docs)
    found = scores.logits if task == "token-classification" else scores
    expected = logits_by_transformers(str(tmp_path / "after"), task, docs)
    join = torch.cat if task == "token-classification" else torch.stack
    torch.testing.assert_close(found, join(expected), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(join(expected), join(logits_by_transformers(folder, task, docs)), atol=1e-3)
    model = AUTO[task].from_pretrained(tmp_path / "after")
    assert list(model.config.id2label.values()) == list(NAMES[task])
    assert type(model).__name__ == model.config.architectures[0]
