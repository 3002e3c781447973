"""Checkpoints that answer questions, imported and given back: the logits of transformers' own code."""

import pytest
import torch
from spacy.tokens import Doc, Span
from spacy.training import Example
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.checkpoints.exporting import export_checkpoint
from spacy_bert_ext.cli.import_ import import_to
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.checkpoints.classifiers import make_classifier
from tests.coded import raises_code

QUESTION, TEXT = "Who met the president?", "Angela Merkel met the president in Berlin"
FP32 = {"precision": "fp32", "device": "cpu", "window_pieces": 64}


@torch.no_grad()
def expected_logits(folder: str) -> torch.Tensor:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForQuestionAnswering.from_pretrained(folder)
    inputs = tokenizer(QUESTION, TEXT, return_tensors="pt")
    found = model.eval()(**inputs)
    logits = torch.stack([found.start_logits, found.end_logits], -1)[0]
    kept = [place == 1 for place in inputs.sequence_ids(0)]
    return torch.cat([logits[:1], logits[kept]])


def found_logits(nlp) -> torch.Tensor:
    doc = nlp.make_doc(TEXT)
    doc._.questions = [QUESTION]
    scores = nlp.get_pipe("bert_qa").raw_scores([doc])
    return torch.cat([scores.windows, scores.pieces])


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "electra", "deberta-v2"])
def test_what_was_imported_and_trained_is_given_back(tmp_path, architecture):
    folder = make_classifier(tmp_path / "before", architecture, "question-answering", ["LABEL_0", "LABEL_1"])
    nlp = from_pretrained(folder, encoder=FP32)
    before = expected_logits(folder)
    torch.testing.assert_close(found_logits(nlp), before, rtol=1e-4, atol=1e-5)
    gold = nlp.make_doc(TEXT)
    gold._.questions = [QUESTION]
    gold.spans["answers"] = [Span(gold, 0, 2, label=QUESTION)]
    nlp.update([Example(nlp.make_doc(TEXT), gold)], sgd=create_adamw_v1(encoder_learn_rate=1e-2))
    export_checkpoint(nlp, "bert_qa", tmp_path / "after")
    after = expected_logits(str(tmp_path / "after"))
    torch.testing.assert_close(found_logits(nlp), after, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(after, before, atol=1e-3)
    card = (tmp_path / "after" / "README.md").read_text(encoding="utf8")
    assert "pipeline_tag: question-answering" in card and "## Labels" not in card


def test_the_command_tells_of_no_labels(tmp_path, capsys):
    folder = make_classifier(tmp_path / "before", "bert", "question-answering", ["LABEL_0", "LABEL_1"])
    options = dict.fromkeys(("revision", "component", "scheme", "tags"))
    import_to(folder, tmp_path / "after", lang="en", rename=[], pairs=False, force=False, **options)
    shown = capsys.readouterr().out
    assert "bert_encoder, bert_qa" in shown and "labels" not in shown


def test_labels_of_answers_can_not_be_renamed(tmp_path):
    folder = make_classifier(tmp_path, "bert", "question-answering", ["LABEL_0", "LABEL_1"])
    with raises_code("B044"):
        from_pretrained(folder, labels={"LABEL_0": "A"})


def test_windows_of_imported_answerers(tmp_path):
    folder = make_classifier(tmp_path, "bert", "question-answering", ["LABEL_0", "LABEL_1"])
    nlp = from_pretrained(folder)
    settings = nlp.get_pipe("bert_encoder").model.shims[0].settings
    # The checkpoint has no more positions; 130 less 2 around it and 1 between. (384 and 128 where it has.)
    assert (settings.window_pieces, settings.overlap_pieces, settings.pieces_from) == (130, 64, "text")
    assert isinstance(nlp(TEXT), Doc)
